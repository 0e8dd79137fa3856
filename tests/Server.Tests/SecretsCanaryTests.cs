using System.Net.Http.Headers;
using System.Text;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests;

/// <summary>
/// Every secret the tests use carries the marker. When all else has run, this looks for it wherever it must not be: what the
/// servers logged and answered, the database's files, the data directories.
/// </summary>
[Collection(LastOfAll.Name)]
public sealed class SecretsCanaryTests(TestCluster cluster)
{
    [Fact]
    public async Task No_secret_of_this_run_is_in_any_log_answer_or_file()
    {
        await ProvokeAsync();
        await cluster.CheckpointAsync();

        Assert.NotEmpty(Recording.Logs);
        Assert.NotEmpty(Recording.Answers);
        Assert.Empty(Canary.Search(Recording.Logs, Recording.Answers, Artifacts.Folder));
    }

    [Fact]
    public void A_planted_leak_is_found_in_a_log() =>
        Assert.Single(Canary.Search(["Request failed for " + Canary.ProviderKey], [], Artifacts.NewFolder("nothing")));

    [Fact]
    public void A_planted_leak_is_found_in_an_answer() =>
        Assert.Single(Canary.Search([], ["{\"echo\":\"" + Canary.ProviderKey + "\"}"], Artifacts.NewFolder("nothing")));

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public void A_planted_leak_is_found_in_a_file(string encoding)
    {
        var folder = Artifacts.NewFolder("planted");
        // Across the border between two pieces that are read one after the other.
        File.WriteAllBytes(Path.Combine(folder, "file"), [.. new byte[Canary.PieceBytes - 5], .. Encoding.GetEncoding(encoding).GetBytes(Canary.ProviderKey)]);

        Assert.Single(Canary.Search([], [], folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_planted_leak_is_found_in_the_databases_files()
    {
        var settings = new KeyPass.Server.Persistence.DatabaseSettings(await cluster.NewDatabaseAsync(), "unused", PostgresBinaries: null);
        await using (var database = await KeyPass.Server.Persistence.Database.OpenAsync(settings, CancellationToken.None))
        {
            await using var plant = database.Source.CreateCommand($"CREATE TABLE planted AS SELECT '{Canary.Planted}' AS leaked");
            await plant.ExecuteNonQueryAsync();
        }
        await cluster.CheckpointAsync();

        Assert.NotEmpty(Canary.Search([], [], TestCluster.DataDirectory, Canary.PlantedMarker));
    }

    /// <summary>A credential and a key in every place a client can put them, on good routes, bad ones and broken requests.</summary>
    private async Task ProvokeAsync()
    {
        await using (var server = await KeyPassServer.StartAsync(cluster))
            await ProvokeAsync(server.NewClient(), server.Address);
        await SpeakAsync();

        // And once with every category at its most talkative: the product's own log must hold its tongue.
        await using var talkative = await ServerProcess.StartAsync(new() { ConnectionString = await cluster.NewDatabaseAsync() },
            ("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__Microsoft", "Trace"),
            ("Logging__LogLevel__System", "Trace"), ("Logging__LogLevel__Npgsql", "Trace"));
        await ProvokeAsync(talkative.Client, talkative.Client.BaseAddress!);
        Assert.Contains(" debug ", talkative.Output, StringComparison.Ordinal);
    }

    /// <summary>What is asked and answered is nobody's to keep either; the caller alone is told.</summary>
    private async Task SpeakAsync()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { budget = new { limitCents = 100 } });
        run.Answers(Calls.Said.Replace("Hello.", Canary.ProviderKey, StringComparison.Ordinal));
        using var handler = new SocketsHttpHandler();
        using var caller = new HttpClient(handler) { BaseAddress = run.Server.Address };
        caller.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", run.Key.Text);

        using var answer = await GatewayRun.SendAsync(
            caller, "/v1/chat/completions", Calls.Ask.Replace("Say hello.", Canary.ProviderKey, StringComparison.Ordinal));

        Assert.Contains(Canary.ProviderKey, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await run.ReceiptAsync(answer);
    }

    private static async Task ProvokeAsync(HttpClient client, Uri address)
    {
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Canary.ProviderKey);
        client.DefaultRequestHeaders.Add("x-api-key", Canary.ProviderKey);
        client.DefaultRequestHeaders.Add("Cookie", $"session={Canary.ProviderKey}");
        foreach (var path in new[]
        {
            "/", "/healthz", "/nowhere", "/metrics", "/assets/x",
            "/v1/probe/things/1", "/v1/probe/fail", "/v1/probe/search?limit=x", "/v1/probe/echo",
        })
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            using var response = await client.GetAsync($"{path}{separator}key={Canary.ProviderKey}");
            using var posted = await client.PostAsync(path, new StringContent($"{{\"name\":\"{Canary.ProviderKey}", Encoding.UTF8, "application/json"));
        }
        using var inPath = await client.GetAsync($"/v1/{Canary.ProviderKey}/x");
        await RawHttp.SendAsync(address, $"GET /x?key={Canary.ProviderKey} HTTP/9.9\r\nHost: a\r\n\r\n");
        await RawHttp.SendAsync(address, $"GET /x HTTP/1.1\r\nHost: a\r\nAuthorization Bearer {Canary.ProviderKey}\r\n\r\n");
        await RawHttp.SendAsync(address, $"{Canary.ProviderKey} /x HTTP/1.1\r\nHost: a\r\n\r\n");
    }
}

/// <summary>xunit runs collections that may not run beside others after all that may.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LastOfAll
{
    public const string Name = "last of all";
}
