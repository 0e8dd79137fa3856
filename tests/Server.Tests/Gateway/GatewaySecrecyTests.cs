using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>A provider key and a virtual key, on every way that a call can go wrong.</summary>
public sealed class GatewaySecrecyTests(TestCluster cluster)
{
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }

    [Fact]
    public async Task Neither_key_is_in_an_answer_a_log_or_a_receipt_whatever_the_provider_sends_back()
    {
        using var log = new Lines();
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        var answers = new StringBuilder();
        foreach (var status in new[] { 200, 201, 301, 307, 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529 })
        {
            foreach (var echo in Echoes(run.Held.Text, run.Key.Text))
            {
                run.Provider.Answer = context => EchoAsync(context, status, echo);
                using var answer = await run.PostAsync("/v1/chat/completions", Calls.Ask, ("User-Agent", "tests"));
                answers.Append(answer.Headers).Append(answer.Content.Headers).Append(await answer.Content.ReadAsStringAsync());
            }
        }
        // On our own noes, with the keys in every place a caller can put them.
        foreach (var path in new[] { "/v1/chat/completions", "/v1/files", "/v1/" + run.Key.Text, "/nowhere", "/v1beta/models/x:y?key=" + run.Key.Text })
        {
            foreach (var body in new[] { Calls.Ask, "{", $$"""{"model":"{{run.Key.Text}}","model":1}""", $$"""{"{{run.Key.Text}}":1,"{{run.Key.Text}}":2}""" })
                answers.Append(await RawHttp.SendAsync(run.Server.Address, Calls.Raw(run, path, "x-api-key: km_live_" + new string('A', 49) + "\r\n", body)));
        }
        await Task.Delay(500);
        var receipts = new StringBuilder();
        foreach (var receipt in await TestVault.ItemsAsync(run.Ana, "/v1/logs?limit=200"))
            receipts.Append(receipt.GetRawText());

        Assert.NotEmpty(log.Written);
        Assert.NotEqual(0, receipts.Length);
        foreach (var secret in Echoes(run.Held.Text, run.Key.Text).Take(2).Append(run.Held.Text[^12..]))
        {
            Assert.DoesNotContain(secret, answers.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, receipts.ToString(), StringComparison.Ordinal);
        }
        foreach (var secret in new[] { run.Held.Text, run.Key.Text, run.Key.Text[8..] })
        {
            Assert.DoesNotContain(secret, receipts.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(log.Written, line => line.Contains(secret, StringComparison.Ordinal));
        }
        Assert.All(run.Provider.Requests, asked =>
        {
            Assert.DoesNotContain(asked.Headers.Values, value => value.Contains(run.Key.Text, StringComparison.Ordinal));
            Assert.DoesNotContain(run.Key.Text, asked.Line, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_key_that_no_call_uses_is_never_opened()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        // Sealed for this grant, and broken: whoever opened it would fail, and say so.
        var dormant = await run.Owner.Vault.AddKeyAsync(run.Ana, "anthropic", "https://api.anthropic.com");
        var both = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "both", null, run.Held, dormant);
        await using (var spoil = run.Server.Database.Source.CreateCommand(
            $"UPDATE sealed_keys SET envelope = decode('00', 'hex') || substr(envelope, 2) WHERE grant_id = '{both.GrantId}' AND key_id = '{dormant.Id}'"))
            Assert.Equal(1, await spoil.ExecuteNonQueryAsync());
        using var caller = TestVault.Presenting(run.Server, both.Text);
        run.Answers(Calls.Said);

        for (var round = 0; round < Rounds.Of(50, inLongRuns: 100_000); round++)
        {
            using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
            Assert.Equal(200, (int)answer.StatusCode);
        }
        using var opened = await GatewayRun.SendAsync(
            caller, "/v1/messages", """{"model":"claude-haiku-4-5","max_tokens":1,"messages":[]}""", ("anthropic-version", "2023-06-01"));

        Assert.Equal(500, (int)opened.StatusCode);
        Assert.Contains("seal_broken", await opened.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(500, (await run.ReceiptAsync(opened)).GetProperty("status").GetInt32());
    }

    [Theory]
    [InlineData("UPDATE vault_items SET origin = 'https://evil.example'")]
    [InlineData("UPDATE vault_items SET provider = 'sandbox', origin = 'https://sandbox.keypass.invalid'")]
    [InlineData("UPDATE vault_items SET provider = 'custom:/v1', origin = 'https://evil.example'")]
    public async Task A_key_whose_row_was_pointed_elsewhere_opens_nothing_and_goes_nowhere(string statement)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using (var point = run.Server.Database.Source.CreateCommand(statement + $" WHERE id = '{run.Held.Id}'"))
            Assert.Equal(1, await point.ExecuteNonQueryAsync());

        using var refused = await run.PostAsync("/v1/chat/completions", Calls.Ask);

        Assert.NotEqual(200, (int)refused.StatusCode);
        Assert.Empty(run.Provider.Connections);
    }

    /// <summary>As a whole, in base 64, and with the middle masked: the last is for errors only, nobody masks what was not wrong.</summary>
    private static IEnumerable<string> Echoes(string providerKey, string virtualKey) =>
    [
        providerKey, Convert.ToBase64String(Encoding.ASCII.GetBytes(providerKey)),
        $"{providerKey[..8]}****{providerKey[^4..]}", $"{virtualKey[..12]}...{virtualKey[^4..]}",
    ];

    private static async Task EchoAsync(HttpContext context, int status, string echo)
    {
        var response = context.Response;
        response.StatusCode = status;
        foreach (var name in new[] { "x-request-id", "x-ratelimit-limit", "openai-version", "x-keypass-echo", "Location", "Set-Cookie", "Server" })
            response.Headers[name] = "id " + echo;
        response.ContentType = "application/json";
        // An answer that is no error passes as it came: no provider repeats headers in one.
        var said = status < 300 ? "hello" : $"Incorrect API key provided: {echo}.";
        var code = status < 300 ? "none" : echo;
        await response.WriteAsync($$$"""{"error":{"message":"{{{said}}}","code":"{{{code}}}","param":"Bearer {{{code}}}"}}""");
    }
}
