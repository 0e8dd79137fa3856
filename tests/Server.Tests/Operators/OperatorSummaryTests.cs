using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Operators;

/// <summary>What whoever runs the server reads of it: numbers, and nothing of anybody's.</summary>
public sealed class OperatorSummaryTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _boss = new("boss");
    private KeyPassServer _server = null!;
    private HttpClient _asOperator = null!;
    private HttpClient _asAna = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _asOperator = _server.NewClient();
        await _boss.RegisterAsync(_asOperator);
        await _server.MakeOperatorAsync(_boss);
        _asAna = await _server.AsAsync("ana");
    }

    public async ValueTask DisposeAsync()
    {
        _asOperator.Dispose();
        _asAna.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task It_counts_and_names_nobody()
    {
        using var made = await _asAna.PostAsJsonAsync("/v1/apps", new { name = "Notes" });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var invited = await _asOperator.PostAsJsonAsync("/v1/invites", new { email = "ben@example.com" });
        Assert.Equal(HttpStatusCode.Created, invited.StatusCode);
        using var priced = await _asOperator.PutAsJsonAsync("/v1/prices/openai/gpt-5", new { nanoUsdPerMillion = new { input = 1, output = 2 } });
        Assert.Equal(HttpStatusCode.OK, priced.StatusCode);

        var (summary, text) = await ReadAsync();

        var counts = summary.GetProperty("counts");
        Assert.Equal(
            (2, 2, 1, 1, 1),
            (Number(counts, "accounts"), Number(counts, "newAccounts"), Number(counts, "apps"), Number(counts, "openInvites"),
                Number(counts, "priceOverrides")));
        Assert.DoesNotContain("@", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Notes", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_tells_how_the_servers_and_the_ring_are()
    {
        var (summary, _) = await ReadAsync();
        // Each says once a second which epochs it has.
        while (Number(summary.GetProperty("ring")[0], "servers") == 0)
            (summary, _) = await ReadAsync();

        Assert.StartsWith("PostgreSQL ", summary.GetProperty("database").GetString(), StringComparison.Ordinal);
        Assert.Matches(@"^\d{14}_\w+$", summary.GetProperty("migration").GetString());
        Assert.Equal((1, 0), (Number(summary.GetProperty("ledger"), "servers"), Number(summary.GetProperty("ledger"), "lostServers")));
        Assert.Equal((0, 0), (Number(summary.GetProperty("thisServer"), "openCalls"), Number(summary.GetProperty("thisServer"), "boundViolations")));
        var epoch = Assert.Single(summary.GetProperty("ring").EnumerateArray());
        Assert.Equal(("active", 1), (epoch.GetProperty("state").GetString(), Number(epoch, "servers")));
    }

    [Fact]
    public async Task Nobody_else_reads_it()
    {
        using var refused = await _asAna.GetAsync("/v1/operator/summary");
        using var unknown = await _server.Client.GetAsync("/v1/operator/summary");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized), (refused.StatusCode, unknown.StatusCode));
        Assert.Contains("operator_required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<(JsonElement Summary, string Text)> ReadAsync()
    {
        var text = await _asOperator.GetStringAsync("/v1/operator/summary");
        using var read = JsonDocument.Parse(text);
        return (read.RootElement.GetProperty("data").Clone(), text);
    }

    private static int Number(JsonElement owner, string name) => owner.GetProperty(name).GetInt32();
}
