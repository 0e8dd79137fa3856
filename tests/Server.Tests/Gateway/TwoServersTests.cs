using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Two servers over one database: what is taken back at one is taken back at both, and who cannot hear of it calls nobody.</summary>
public sealed class TwoServersTests(TestCluster cluster)
{
    private const string Streamed = """{"model":"gpt-4o-mini","stream":true,"messages":[]}""";

    [Theory]
    [InlineData("delete", "key_revoked")]
    [InlineData("disable", "key_disabled")]
    [InlineData("rotate", "key_expired")]
    [InlineData("account", "invalid_api_key")]
    public async Task What_one_server_takes_back_the_other_refuses_and_cuts(string how, string code)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var other = await SecondAsync(run, run.Server.Database.Source.ConnectionString);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        StreamsForEver(run);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Streamed);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.NotNull(await reader.ReadLineAsync());

        await TakeBackAsync(run, how);

        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10)));
        run.Answers(Calls.Said);
        using var refused = await UntilAsync(caller, refused => refused.StatusCode != HttpStatusCode.OK);
        Assert.Contains(code, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        for (var again = 0; again < 5; again++)
        {
            using var still = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
            Assert.NotEqual(HttpStatusCode.OK, still.StatusCode);
        }
    }

    [Fact]
    public async Task A_rotated_key_works_on_at_both_for_its_overlap_and_so_does_the_new_one()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var other = await SecondAsync(run, run.Server.Database.Source.ConnectionString);
        run.Answers(Calls.Said);
        var fresh = await RotateAsync(run, overlapSeconds: 60);

        foreach (var server in new[] { run.Server, other })
        {
            foreach (var text in new[] { run.Key.Text, fresh })
            {
                using var caller = TestVault.Presenting(server, text);
                using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_cut_off_from_the_database_refuses_calls_until_it_is_back_and_what_runs_goes_on(bool breaks)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var direct = new NpgsqlConnectionStringBuilder(run.Server.Database.Source.ConnectionString);
        await using var bridge = new TcpBridge(new UnixDomainSocketEndPoint($"{direct.Host}/.s.PGSQL.{direct.Port}"));
        var bridged = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = bridge.Port };
        await using var other = await SecondAsync(run, bridged.ConnectionString);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        var go = StreamsUntilTold(run);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Streamed);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.NotNull(await reader.ReadLineAsync());
        var before = run.Provider.Requests.Count;

        if (breaks)
            bridge.Cut();
        else
            bridge.Silence();

        (await UntilAsync(caller, refused => refused.StatusCode != HttpStatusCode.OK)).Dispose();
        var made = run.Provider.Requests.Count;
        using var unknown = TestVault.Presenting(other, TestCredential.WithChecksum("km_live_" + new string('A', 43)));
        foreach (var client in new[] { caller, caller, unknown })
        {
            using var refused = await GatewayRun.SendAsync(client, "/v1/chat/completions", Calls.Ask);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            Assert.Contains("ledger_unavailable", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(made, run.Provider.Requests.Count);
        Assert.InRange(made, before, before + 100);
        using (var first = await run.PostAsync("/v1/chat/completions", Calls.Ask))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        go.SetResult();
        Assert.EndsWith("data: [DONE]\n\n", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        bridge.Mend();
        (await UntilAsync(caller, served => served.StatusCode == HttpStatusCode.OK)).Dispose();
        var receipt = await run.ReceiptAsync(answer);
        Assert.Equal(2, receipt.GetProperty("outputTokens").GetInt64());
    }

    [Fact]
    public async Task A_key_taken_back_while_a_server_was_cut_off_is_refused_when_it_is_back_and_its_stream_is_cut_then()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var direct = new NpgsqlConnectionStringBuilder(run.Server.Database.Source.ConnectionString);
        await using var bridge = new TcpBridge(new UnixDomainSocketEndPoint($"{direct.Host}/.s.PGSQL.{direct.Port}"));
        var bridged = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Host = "127.0.0.1", Port = bridge.Port };
        await using var other = await SecondAsync(run, bridged.ConnectionString);
        using var caller = TestVault.Presenting(other, run.Key.Text);
        StreamsForEver(run);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Streamed);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.NotNull(await reader.ReadLineAsync());

        bridge.Cut();
        await TakeBackAsync(run, "delete");
        bridge.Mend();

        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        using var refused = await UntilAsync(caller, refused => refused.StatusCode == HttpStatusCode.Forbidden);
        Assert.Contains("key_revoked", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_no_interleaving_of_rotations_switches_and_calls_does_an_ended_credential_answer()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        await using var other = await SecondAsync(run, run.Server.Database.Source.ConnectionString);
        run.Answers(Calls.Said);
        var ended = new List<string>();
        var current = run.Key.Text;
        var draws = new Draws(19);
        for (var round = 0; round < Rounds.Of(12, inLongRuns: 1_000); round++)
        {
            using var caller = TestVault.Presenting(draws.Below(2) == 0 ? run.Server : other, current);
            var calls = Enumerable.Range(0, 4).Select(_ => GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask)).ToList();
            if (draws.Below(3) == 0)
                await TakeBackAsync(run, "disable");
            var next = await RotateAsync(run, overlapSeconds: 0);
            await TakeBackAsync(run, "enable");
            foreach (var call in calls)
                (await call).Dispose();
            ended.Add(current);
            current = next;

            using var fresh = TestVault.Presenting(other, current);
            (await UntilAsync(fresh, served => served.StatusCode == HttpStatusCode.OK)).Dispose();
            foreach (var text in ended.TakeLast(2))
            {
                using var stale = TestVault.Presenting(other, text);
                using var refused = await UntilAsync(stale, refused => refused.StatusCode == HttpStatusCode.Forbidden);
                Assert.Contains("key_expired", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    private Task<KeyPassServer> SecondAsync(GatewayRun run, string connection) => KeyPassServer.StartAsync(cluster, withProbe: false, settings:
    [
        ("ConnectionStrings:KeyPass", connection), ("KeyPass:RingFile", run.Server.RingFile), ("KeyPass:Providers:openai:Origin", run.Provider.Address),
    ]);

    private static async Task TakeBackAsync(GatewayRun run, string how)
    {
        using var done = how switch
        {
            "delete" => await run.Ana.DeleteAsync($"/v1/virtual-keys/{run.Key.GrantId:N}"),
            "rotate" => await RotateAnswerAsync(run, 0, run.Owner.Vault.NextCredential(CredentialKind.VirtualKey, run.Key).Body),
            "account" => await DeleteAccountAsync(run),
            _ => await run.Ana.PostAsync($"/v1/virtual-keys/{run.Key.GrantId:N}/{how}", null),
        };
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
    }

    private static async Task<string> RotateAsync(GatewayRun run, int overlapSeconds)
    {
        var (text, body) = run.Owner.Vault.NextCredential(CredentialKind.VirtualKey, run.Key);
        using var done = await RotateAnswerAsync(run, overlapSeconds, body);
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
        return text;
    }

    private static Task<HttpResponseMessage> RotateAnswerAsync(GatewayRun run, int overlapSeconds, object body)
    {
        var wish = JsonSerializer.SerializeToNode(body, JsonSerializerOptions.Web)!.AsObject();
        wish["overlapSeconds"] = overlapSeconds;
        return run.Ana.PostAsJsonAsync($"/v1/virtual-keys/{run.Key.GrantId:N}/rotate", wish);
    }

    private static Task<HttpResponseMessage> DeleteAccountAsync(GatewayRun run) =>
        run.Ana.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "/v1/account")
        {
            Content = JsonContent.Create(new { email = run.Owner.Email, authHash = run.Owner.AuthHash }),
        });

    private static void StreamsForEver(GatewayRun run) => run.Provider.Answer = async context =>
    {
        await BeginAsync(context);
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    };

    private static TaskCompletionSource StreamsUntilTold(GatewayRun run)
    {
        var go = new TaskCompletionSource();
        run.Provider.Answer = async context =>
        {
            if (run.Provider.Requests.Count > 1)
            {
                await context.Response.WriteAsync(Calls.Said);
                return;
            }
            await BeginAsync(context);
            await go.Task;
            await context.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");
        };
        return go;
    }

    private static async Task BeginAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static async Task<HttpResponseMessage> UntilAsync(HttpClient caller, Func<HttpResponseMessage, bool> holds)
    {
        for (var left = 100; ; left--)
        {
            var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Calls.Ask);
            if (holds(answer))
                return answer;
            Assert.True(left > 0, $"still {answer.StatusCode}");
            answer.Dispose();
            await Task.Delay(100);
        }
    }
}
