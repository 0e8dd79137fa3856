using System.Text;

namespace KeyPass.Conformance;

public sealed class CurlTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private static readonly Curl Sdk = new();

    [Theory]
    [InlineData("chat", "openai/chat.json")]
    [InlineData("stream", "openai/chat.sse")]
    [InlineData("messages", "anthropic/tools.sse")]
    [InlineData("generate", "google/chat.json")]
    public async Task A_call_is_to_script_and_provider_what_it_was_without_us(string name, string answer) =>
        Assert.Equal("200", (await Unfelt.AssertAsync(run, Sdk, name, "", Replay.Of(answer))).Result);

    [Fact]
    public async Task A_sound_comes_back_byte_for_byte() =>
        Assert.Equal("200", (await Unfelt.AssertAsync(run, Sdk, "speech", "", Replay.Sound)).Result);

    [Theory]
    [InlineData("chat", """{"error":{"message":"No valid KeyPass key""", "\"code\":\"invalid_api_key\"")]
    [InlineData("messages", """{"type":"error","error":{"type":"authentication_error","message":"No valid KeyPass key""", "\"request_id\":\"req_")]
    [InlineData("generate", """{"error":{"code":401,"message":"No valid KeyPass key""", "\"reason\":\"invalid_api_key\"")]
    public async Task Our_no_is_in_the_words_of_the_API_that_was_called(string name, string begins, string holds)
    {
        var outcome = await Sdk.RunAsync(name, run.ServerAddress, ConformanceRun.UnknownKey());
        var body = Encoding.UTF8.GetString(Assert.Single(outcome.Hits).Body!);
        Assert.StartsWith(begins, body, StringComparison.Ordinal);
        Assert.Contains(holds, body, StringComparison.Ordinal);
        Assert.Equal("401", outcome.Result);
    }
}
