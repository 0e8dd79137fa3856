using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Whatever a provider or a caller does to a call, it ends, leaves a receipt, and gives back what it held.</summary>
public sealed class ResilienceTests(TestCluster cluster)
{
    private const string Streamed = """{"model":"gpt-4o-mini","stream":true,"messages":[]}""";
    private const string Event = "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n";
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: ";

    [Fact]
    public async Task Providers_that_never_answer_are_given_up_after_the_configured_wait_with_a_receipt_each()
    {
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:ProviderWaitSeconds", "2"));
        run.Provider.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        var ask = Calls.Ask.Replace("hello", new string('a', 20_000), StringComparison.Ordinal);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var answers = await Task.WhenAll(Enumerable.Range(0, Rounds.Of(200, inLongRuns: 2_000)).Select(_ => run.PostAsync("/v1/chat/completions", ask)));

        foreach (var answer in answers)
            Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 100_000_000 + answers.Length * 200_000L);
        var receipt = await run.ReceiptAsync(answers[^1]);
        Assert.Equal("provider_timeout", receipt.GetProperty("code").GetString());
        // It was asked: nobody knows what the provider charges, and nothing it is not.
        Assert.True(receipt.GetProperty("costNanoUsd").GetInt64() > 0);
        Assert.Equal("interrupted", receipt.GetProperty("exactness").GetString());
        Assert.Equal(answers.Length, await ReceiptsAsync(run, answers.Length));
        run.Answers(Calls.Said);
        using var next = await run.PostAsync("/v1/chat/completions", Calls.Ask);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task Callers_who_leave_free_what_their_calls_held_where_their_key_says_so()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { cancelsOnHangUp = true });
        var (arrived, left, count) = (0, 0, Rounds.Of(100, inLongRuns: 2_000));
        run.Provider.Answer = async context =>
        {
            Interlocked.Increment(ref arrived);
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            finally
            {
                Interlocked.Increment(ref left);
            }
        };
        using var leave = new CancellationTokenSource();
        var calls = Enumerable.Range(0, count).Select(_ => run.Caller.PostAsync("/v1/chat/completions", Calls.Json(Calls.Ask), leave.Token)).ToList();
        await UntilAsync(() => Volatile.Read(ref arrived) == count);

        await leave.CancelAsync();

        await UntilAsync(() => Volatile.Read(ref left) == count);
        foreach (var call in calls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(count, await ReceiptsAsync(run, count));
        var receipt = (await TestVault.ItemsAsync(run.Ana, "/v1/logs"))[0];
        Assert.True(receipt.GetProperty("hungUp").GetBoolean());
        Assert.True(receipt.GetProperty("costNanoUsd").GetInt64() > 0);
    }

    [Fact]
    public async Task Many_large_uploads_at_once_are_taken_or_told_to_wait_within_bounded_memory()
    {
        await using var provider = new RawProvider(Head + "application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{\"text\":\"hi\"}");
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", provider.Address));
        var sound = new byte[24 * 1024 * 1024];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var form = new MultipartFormDataContent("boundary-of-a-form");
            form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=boundary-of-a-form");
            form.Add(Field(new ReadOnlyMemoryContent(sound), "form-data; name=\"file\"; filename=\"a.wav\""));
            form.Add(Field(new StringContent("whisper-1"), "form-data; name=\"model\""));
            for (var left = 100; ; left--)
            {
                using var answer = await run.Caller.PostAsync("/v1/audio/transcriptions", form);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || left == 0)
                    return answer.StatusCode;
                Assert.NotNull(answer.Headers.RetryAfter);
                await Task.Delay(100);
            }
        }));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1024L * 1024 * 1024);

        static HttpContent Field(HttpContent content, string disposition)
        {
            content.Headers.ContentType = null;
            content.Headers.ContentDisposition = ContentDispositionHeaderValue.Parse(disposition);
            return content;
        }
    }

    [Fact]
    public async Task A_body_holds_its_room_only_until_the_provider_has_it()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(Event);
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var large = Streamed.Replace("[]", $$"""[{"role":"user","content":"{{new string('a', 20 * 1024 * 1024)}}"}]""", StringComparison.Ordinal);
        var answers = new List<HttpResponseMessage>();

        // Twelve of them are more than there is room for at once.
        for (var count = 0; count < 12; count++)
        {
            answers.Add(await run.PostAsync("/v1/chat/completions", large));
            Assert.Equal(HttpStatusCode.OK, answers[^1].StatusCode);
            run.Provider.Requests.Clear();
        }

        answers.ForEach(answer => answer.Dispose());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_that_comes_byte_by_byte_goes_on_without_waiting_for_the_next(bool injected)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var read = new SemaphoreSlim(0);
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var round = 0; round < 5; round++)
            {
                foreach (var one in Event)
                {
                    await context.Response.WriteAsync(one.ToString());
                    await context.Response.Body.FlushAsync();
                }
                // The next one comes only when the caller has this one.
                await read.WaitAsync(context.RequestAborted);
            }
            await context.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n");
        };
        var ask = injected ? Streamed : Streamed.Replace("\"stream\"", "\"stream_options\":{\"include_usage\":true},\"stream\"", StringComparison.Ordinal);

        using var answer = await run.PostAsync("/v1/chat/completions", ask);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var round = 0; round < 5; round++)
        {
            var text = "";
            while (!text.EndsWith("}\n\n", StringComparison.Ordinal))
                text += await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) + "\n";
            Assert.Equal(Event, text);
            read.Release();
        }
        var rest = await reader.ReadToEndAsync();

        Assert.Equal(!injected, rest.Contains("prompt_tokens", StringComparison.Ordinal));
        Assert.Equal(5, (await run.ReceiptAsync(answer)).GetProperty("outputTokens").GetInt64());
    }

    [Theory]
    [InlineData("text/event-stream\r\nContent-Length: 100\r\n\r\n", "")]
    [InlineData("application/json\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n", "{\"a\":1}")]
    [InlineData("application/json\r\nContent-Encoding: zstd\r\nContent-Length: 7\r\n\r\n", "{\"a\":1}")]
    [InlineData("application/json\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n{\"a\":1}")]
    [InlineData("", "")]
    public async Task An_answer_that_breaks_before_it_begins_is_502_and_charged_for_as_asked(string head, string body)
    {
        await using var provider = new RawProvider(async stream =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Length == 0 ? "" : Head + head + body));
            await Task.Delay(100);
            await RawProvider.ResetAsync(stream);
        });
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", provider.Address));

        using var refused = await run.PostAsync("/v1/chat/completions", Streamed);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Contains("provider_unreachable", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var receipt = await run.ReceiptAsync(refused);
        Assert.Equal(502, receipt.GetProperty("status").GetInt32());
        Assert.True(receipt.GetProperty("costNanoUsd").GetInt64() > 0);
        Assert.NotEqual("exact", receipt.GetProperty("exactness").GetString());
    }

    [Fact]
    public async Task An_answer_that_breaks_in_the_middle_breaks_for_the_caller_too_and_what_came_of_it_is_charged_for()
    {
        await using var provider = new RawProvider(async stream =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(Head + "text/event-stream\r\n\r\n" + string.Concat(Enumerable.Repeat(Event, 100))));
            await Task.Delay(200);
            await RawProvider.ResetAsync(stream);
        });
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", provider.Address));

        using var answer = await run.PostAsync("/v1/chat/completions", Streamed);
        await Assert.ThrowsAnyAsync<Exception>(() => answer.Content.ReadAsStringAsync());

        var receipt = await run.ReceiptAsync(answer);
        Assert.Equal("provider_unreachable", receipt.GetProperty("code").GetString());
        Assert.True(receipt.GetProperty("outputTokens").GetInt64() >= 100);
        Assert.True(receipt.GetProperty("costNanoUsd").GetInt64() > 100 * 600);
    }

    [Fact]
    public async Task A_packed_answer_without_end_is_cut_and_nobody_holds_it_in_memory()
    {
        using var bomb = new MemoryStream();
        await using (var pack = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var megabyte = 0; megabyte < 200; megabyte++)
                pack.Write(new byte[1024 * 1024]);
        }
        await using var provider = new RawProvider(async stream =>
        {
            var head = Head + $"application/octet-stream\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head));
            await stream.WriteAsync(bomb.ToArray());
        });
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", provider.Address));
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = run.Server.Address };
        client.DefaultRequestHeaders.Authorization = run.Caller.DefaultRequestHeaders.Authorization;
        var (read, before) = (0L, GC.GetTotalMemory(forceFullCollection: true));

        using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", Calls.Ask);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var buffer = new byte[64 * 1024];
            while (await stream.ReadAsync(buffer) is > 0 and var more)
                read += more;
        });

        Assert.InRange(read, 1, 70_000_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 100_000_000);
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_502_and_costs_nothing()
    {
        var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var address = "http://" + closed.LocalEndpoint;
        closed.Dispose();
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", address));

        using var refused = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        var receipt = await run.ReceiptAsync(refused);
        Assert.Equal(0, receipt.GetProperty("costNanoUsd").GetInt64());
        Assert.Equal("exact", receipt.GetProperty("exactness").GetString());
    }

    [Fact]
    public async Task A_provider_with_a_wrong_certificate_gets_no_key_and_no_question()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=api.openai.com", pair, HashAlgorithmName.SHA256)
            .CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = new StringBuilder();
        var serving = Task.Run(async () =>
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync();
                await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await tls.AuthenticateAsServerAsync(certificate);
                var buffer = new byte[4096];
                while (await tls.ReadAsync(buffer) is > 0 and var read)
                    heard.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
            catch (Exception end) when (end is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // As it should be: the server under test left.
            }
        });
        await using var run = await GatewayRun.StartAsync(cluster, settings: ("KeyPass:Providers:openai:Origin", "https://" + listener.LocalEndpoint));

        using var refused = await run.PostAsync("/v1/chat/completions", Calls.Ask);
        await serving.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Empty(heard.ToString());
        Assert.Equal(0, (await run.ReceiptAsync(refused)).GetProperty("costNanoUsd").GetInt64());
    }

    [Fact]
    public async Task A_providers_error_of_a_megabyte_is_not_held_and_not_passed_on()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers($$$"""{"error":{"message":"{{{new string('a', 1024 * 1024)}}}"}}""", status: 429);

        using var refused = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.InRange((await refused.Content.ReadAsByteArrayAsync()).Length, 1, 2_000);
    }

    [Fact]
    public async Task A_caller_who_hangs_up_at_any_byte_leaves_a_receipt_that_is_never_free()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var round = 0; round < 40; round++)
            {
                await context.Response.WriteAsync(Event);
                await context.Response.Body.FlushAsync();
            }
            await context.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":40}}\n\ndata: [DONE]\n\n");
        };
        var draws = new Draws(5);
        var count = Rounds.Of(40, inLongRuns: 1_000);

        for (var round = 0; round < count; round++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(run.Server.Address.Host, run.Server.Address.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(Calls.Raw(run, "/v1/chat/completions", body: Streamed)));
            var buffer = new byte[1 + draws.Below(3_000)];
            await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
            if (draws.Below(2) == 0)
                await RawProvider.ResetAsync(stream);
        }

        Assert.Equal(count, await ReceiptsAsync(run, count));
        Assert.All(await TestVault.ItemsAsync(run.Ana, "/v1/logs?limit=200"), receipt =>
        {
            Assert.Equal(40, receipt.GetProperty("outputTokens").GetInt64());
            Assert.Equal(7 * 150 + 40 * 600, receipt.GetProperty("costNanoUsd").GetInt64());
        });
    }

    [Fact]
    public async Task Numbers_of_a_provider_that_cannot_be_are_cut_to_what_can_be_and_never_make_a_call_cheaper_than_nothing()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        foreach (var usage in new[]
        {
            """{"prompt_tokens":-5,"completion_tokens":-7}""", """{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}""",
            """{"prompt_tokens":1e400,"completion_tokens":5}""", """{"prompt_tokens":"5","completion_tokens":{}}""",
        })
        {
            run.Answers("""{"model":"gpt-4o-mini","choices":[],"usage":""" + usage + "}");
            using var answer = await run.PostAsync("/v1/chat/completions", Calls.Ask);
            var receipt = await run.ReceiptAsync(answer);
            Assert.False(receipt.GetProperty("costNanoUsd").GetRawText().StartsWith('-'), receipt.GetRawText());
            Assert.False(receipt.GetProperty("exactness").GetString() == "exact", usage + receipt.GetRawText());
        }
    }

    private static async Task<int> ReceiptsAsync(GatewayRun run, int expected)
    {
        var found = 0L;
        for (var left = 200; left > 0 && (found = await run.Server.CountAsync("receipts")) < expected; left--)
            await Task.Delay(100);
        return (int)found;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var left = 300; !holds(); left--)
        {
            Assert.True(left > 0, "it never happened");
            await Task.Delay(100);
        }
    }
}
