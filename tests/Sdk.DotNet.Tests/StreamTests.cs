using System.Text;

namespace KeyPass.Sdk.Tests;

public class StreamTests : IAsyncLifetime
{
    private Replay _server = null!;

    public async ValueTask InitializeAsync() => _server = await Contract.StartAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _server.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Chunks_come_whatever_the_pieces_they_travel_in(int size)
    {
        var whole = ": a comment\n\n" + Contract.Chunk("Grüße, ") + "event: x\n" + Contract.Chunk("世界").Replace("\n", "\r\n", StringComparison.Ordinal)
            + "data: {\"usage\":{\"total_tokens\":3}}\n\n" + Contract.Chunk("!", "stop") + "data: [DONE]\n\n";
        _server.Next(Contract.ChatRoute, Replay.Streamed([.. Encoding.UTF8.GetBytes(whole).Chunk(size)]));
        Assert.Equal("Grüße, 世界!", await ReadAsync());
        Assert.Contains("\"stream\":true", _server.Last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_throws_after_what_came()
    {
        _server.Next(Contract.ChatRoute, Replay.Streamed(Contract.Chunk("Half")));
        var (said, no) = await FailsAsync();
        Assert.Equal(("Half", "interrupted", "req_s"), (said, no.Code, no.RequestId));
        _server.Next(Contract.ChatRoute, async context =>
        {
            await Replay.Streamed(Contract.Chunk("Half"))(context);
            await Replay.HangUp(context);
        });
        Assert.Equal("unreachable", (await FailsAsync()).No.Code);
    }

    [Fact]
    public async Task An_answer_without_done_after_its_last_word_ends_well()
    {
        _server.Next(Contract.ChatRoute, Replay.Streamed(Contract.Chunk("All", "stop").TrimEnd()));
        Assert.Equal("All", await ReadAsync());
    }

    [Theory]
    [InlineData("""{"error":{"type":"server_error"}}""", "provider_refused")]
    [InlineData("""{"error":{"code":"revoked","message":"It was revoked."}}""", "revoked")]
    [InlineData("""{"a""", "unexpected_answer")]
    [InlineData("""{"choices":7}""", "unexpected_answer")]
    public async Task An_error_in_the_middle_throws(string said, string code)
    {
        _server.Next(Contract.ChatRoute, Replay.Streamed(Contract.Chunk("Ha"), $"data: {said}\n\n"));
        Assert.Equal(("Ha", code), await FailsAsync() is var (text, no) ? (text, no.Code) : default);
    }

    [Fact]
    public async Task A_no_before_the_first_chunk_throws()
    {
        _server.Next(Contract.ChatRoute, Replay.Refusal(403, "revoked"));
        Assert.Equal("revoked", (await FailsAsync()).No.Code);
    }

    [Fact]
    public async Task Leaving_the_loop_hangs_up()
    {
        var gone = new TaskCompletionSource();
        _server.Next(Contract.ChatRoute, async context =>
        {
            await Replay.Streamed(Contract.Chunk("one"))(context);
            await Replay.Silence(context);
            gone.SetResult();
        });
        await foreach (var chunk in _server.Client().StreamChatCompletionAsync(Contract.AccessToken, Contract.Chat))
        {
            Assert.Equal("one", chunk.Text);
            break;
        }
        await gone.Task;
    }

    [Fact]
    public async Task A_stream_ends_when_nothing_more_comes_and_when_the_caller_says_so()
    {
        _server.Always(Contract.ChatRoute, async context =>
        {
            await Replay.Streamed(Contract.Chunk("one"))(context);
            await Replay.Silence(context);
        });
        Assert.Equal("timeout", (await FailsAsync(TimeSpan.FromMilliseconds(500))).No.Code);
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var chunk in _server.Client().StreamChatCompletionAsync(Contract.AccessToken, Contract.Chat, source.Token))
                await source.CancelAsync();
        });
    }

    private async Task<string> ReadAsync()
    {
        var said = new StringBuilder();
        await foreach (var chunk in _server.Client().StreamChatCompletionAsync(Contract.AccessToken, Contract.Chat))
            said.Append(chunk.Text);
        return said.ToString();
    }

    private async Task<(string Said, KeyPassException No)> FailsAsync(TimeSpan? timeout = null)
    {
        var said = new StringBuilder();
        var no = await Assert.ThrowsAsync<KeyPassException>(async () =>
        {
            await foreach (var chunk in _server.Client(timeout: timeout).StreamChatCompletionAsync(Contract.AccessToken, Contract.Chat))
                said.Append(chunk.Text);
        });
        return (said.ToString(), no);
    }
}
