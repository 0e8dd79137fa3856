using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>How budgets stand, as their owner sees them, and as the database has them.</summary>
internal static class Money
{
    public const long Cent = 10_000_000;

    public static Task<JsonElement> OfAsync(GatewayRun run) => OfAsync(run, $"/v1/virtual-keys/{run.Key.GrantId:N}");

    public static async Task<JsonElement> OfAsync(GatewayRun run, string path)
    {
        using var answer = await run.Ana.GetAsync(path);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("data").GetProperty("budget").Clone();
    }

    /// <summary>Servers hear of a changed limit a moment after its owner was told that it holds.</summary>
    public static async Task<HttpResponseMessage> UntilServedAsync(GatewayRun run, string ask)
    {
        for (var left = 100; ; left--)
        {
            var answer = await run.PostAsync("/v1/chat/completions", ask);
            if (answer.IsSuccessStatusCode)
                return answer;
            Assert.True(left > 0, await answer.Content.ReadAsStringAsync());
            answer.Dispose();
            await Task.Delay(50);
        }
    }

    public static async Task ChangeAsync(GatewayRun run, string path, object change)
    {
        using var changed = await run.Ana.PatchAsJsonAsync(path, change);
        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync());
    }

    /// <summary>Until exactly this is spent and nothing is held: what servers lease ahead goes back after a few seconds.</summary>
    public static Task SettlesAsync(GatewayRun run, long spent) => RestsAsync(run, spent);

    /// <summary>Until nothing is held; what is spent then.</summary>
    public static async Task<long> RestsAsync(GatewayRun run, long? expected = null)
    {
        for (var left = 300; ; left--)
        {
            var budget = await OfAsync(run);
            var spent = budget.GetProperty("spentNanoUsd").GetInt64();
            if (budget.GetProperty("reservedNanoUsd").GetInt64() == 0 && spent == (expected ?? spent))
                return spent;
            Assert.True(left > 0, $"{budget} should have spent {expected} and hold nothing");
            await Task.Delay(100);
        }
    }

    /// <summary>What stands in the ledger for the key.</summary>
    public static Task<long> ReceiptsAsync(GatewayRun run) =>
        AskAsync(run, "SELECT coalesce(sum(cost_nano_usd), 0)::bigint FROM receipts WHERE grant_id = $1", run.Key.GrantId);

    /// <summary>Counted as spent by servers that were lost.</summary>
    public static Task<long> UnaccountedAsync(GatewayRun run) => AskAsync(
        run, "SELECT coalesce(sum(unaccounted), 0)::bigint FROM leases JOIN budgets ON budgets.id = budget_id WHERE owner_id = $1", run.Key.GrantId);

    /// <summary>The key's window is over in this moment, and its servers are told to look.</summary>
    public static Task EndWindowAsync(GatewayRun run) => AskAsync(run, """
        WITH ended AS (UPDATE budget_windows SET ends_at = clock_timestamp() FROM budgets WHERE budgets.id = budget_id AND owner_id = $1
            AND epoch = (SELECT max(epoch) FROM budget_windows AS last WHERE last.budget_id = budgets.id) RETURNING budget_id)
        SELECT count(*) FROM ended, pg_notify('keypass_budgets', 'changed:' || budget_id::text)
        """, run.Key.GrantId);

    public static async Task<long> AskAsync(GatewayRun run, string sql, params object[] values)
    {
        await using var command = run.Server.Database.Source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Of each of the key's windows, the oldest first.</summary>
    public static async Task<IReadOnlyList<(long Limit, long Granted, long Settled)>> WindowsAsync(GatewayRun run)
    {
        await using var command = run.Server.Database.Source.CreateCommand("""
            SELECT w.limit_nano_usd, w.granted,
                coalesce((SELECT sum(settled) FROM leases WHERE leases.budget_id = w.budget_id AND leases.epoch = w.epoch), 0)::bigint
            FROM budget_windows AS w JOIN budgets ON budgets.id = w.budget_id WHERE owner_id = $1 ORDER BY w.epoch
            """);
        command.Parameters.AddWithValue(run.Key.GrantId);
        await using var reader = await command.ExecuteReaderAsync();
        var windows = new List<(long, long, long)>();
        while (await reader.ReadAsync())
            windows.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        return windows;
    }

    /// <summary>A second server over the database of the first.</summary>
    public static Task<KeyPassServer> BesideAsync(TestCluster cluster, GatewayRun run, string? provider = null, string? connection = null) =>
        KeyPassServer.StartAsync(cluster, withProbe: false, settings:
        [
            ("ConnectionStrings:KeyPass", connection ?? run.Server.Database.Source.ConnectionString), ("KeyPass:RingFile", run.Server.RingFile),
            ("KeyPass:Providers:openai:Origin", provider ?? run.Provider.Address),
        ]);

    public static Task<HttpResponseMessage> AskAsync(HttpClient caller, string ask) => GatewayRun.SendAsync(caller, "/v1/chat/completions", ask);

    /// <summary>A receipt's id, as its answer tells it: without what comes before it.</summary>
    public static Guid IdOf(string requestId) => Guid.ParseExact(requestId.AsSpan(requestId.IndexOf('_') + 1), "N");

    /// <summary>Of a refusal: its code, and which budget it was.</summary>
    public static async Task<(string Code, string Of)> RefusalAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.PaymentRequired, answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        return (error.GetProperty("code").GetString()!, error.GetProperty("budget").GetProperty("of").GetString()!);
    }
}
