using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>
/// A server in this process, which nothing happens to, and one that is a process of its own, to be killed, stopped and started again: over one database,
/// before one provider that charges as much as it can. Callers ask both without a pause.
/// </summary>
internal sealed class TwoProcesses : IAsyncDisposable
{
    private readonly ProcessOptions _options;
    private readonly ConcurrentQueue<string> _whole = [];
    private readonly CancellationTokenSource _enough = new();
    private readonly List<Task> _callers = [];

    private TwoProcesses(GatewayRun run, ChargingProvider provider, ProcessOptions options) => (Run, Provider, _options) = (run, provider, options);

    public GatewayRun Run { get; }
    public ChargingProvider Provider { get; }
    public ServerProcess Other { get; private set; } = null!;

    public string Journals => Directory.GetDirectories(Path.Combine(_options.DataDirectory!, "journal")).Single();

    public static async Task<TwoProcesses> StartAsync(TestCluster cluster, object budget, Func<Task>? during = null)
    {
        var run = await GatewayRun.StartAsync(cluster, limits: new { budget });
        var provider = new ChargingProvider(run.Provider, _ => during?.Invoke() ?? Task.CompletedTask);
        var two = new TwoProcesses(run, provider, new ProcessOptions
        {
            ConnectionString = run.Server.Database.Source.ConnectionString, DataDirectory = Artifacts.NewFolder("killed"), Port = LocalPort.Free(),
        });
        await two.StartOtherAsync();
        return two;
    }

    /// <param name="connection">To another database than the one of both.</param>
    public async Task StartOtherAsync(string? connection = null)
    {
        var former = Other;
        Other = await ServerProcess.StartAsync(
            connection is null ? _options : _options with { ConnectionString = connection },
            ("KeyPass__RingFile", Run.Server.RingFile), ("KeyPass__Providers__openai__Origin", Run.Provider.Address));
        if (former is not null)
            await former.DisposeAsync();
    }

    public void Signal(string name) =>
        System.Diagnostics.Process.Start("kill", [$"-{name}", Other.Pid.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    /// <summary>The name under which the other server has its leases now; null while it has none.</summary>
    public async Task<Guid?> IncarnationAsync()
    {
        await using var command = Run.Server.Database.Source.CreateCommand(
            "SELECT incarnation FROM nodes WHERE ended_at IS NULL AND lost_at IS NULL AND incarnation <> $1 ORDER BY started_at DESC LIMIT 1");
        command.Parameters.AddWithValue(Run.Server.Incarnation);
        return (Guid?)await command.ExecuteScalarAsync();
    }

    /// <summary>From now on so many callers ask each of the servers, whatever it answers, or whether it is there.</summary>
    public void Load(int callers)
    {
        for (var number = 0; number < callers; number++)
        {
            _callers.Add(CallAsync(Run.Caller, 200 + 37 * number));
            _callers.Add(CallOtherAsync(200 + 37 * number));
        }
    }

    /// <summary>Until the provider was asked so often.</summary>
    public async Task AskedAsync(int calls)
    {
        for (var left = 600; Run.Provider.Requests.Count < calls; left--)
        {
            Assert.True(left > 0, "the provider was not asked");
            await Task.Delay(50);
        }
    }

    public async Task EndLoadAsync()
    {
        await _enough.CancelAsync();
        await Task.WhenAll(_callers);
    }

    /// <summary>Whoever has a whole answer has its receipt, and it says what the provider said; nothing is there twice, and nothing is held.</summary>
    public async Task<long> ProveAsync(long limit)
    {
        var spent = await Money.RestsAsync(Run);
        Assert.InRange(Provider.Charged, 1, limit);
        Assert.InRange(spent, Provider.Charged, limit);
        Assert.Equal(spent, await Money.ReceiptsAsync(Run) + await Money.UnaccountedAsync(Run));
        Assert.NotEmpty(_whole);
        var ids = _whole.Select(Money.IdOf).ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids.Length, await Money.AskAsync(
            Run, "SELECT count(*) FROM receipts WHERE id = ANY($1) AND status = 200 AND exactness = 'exact' AND cost_nano_usd > 0", ids));
        return spent;
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        if (!Other.HasExited)
            Signal("CONT");
        await Other.DisposeAsync();
        await Run.DisposeAsync();
        _enough.Dispose();
    }

    private async Task CallOtherAsync(int tokens)
    {
        using var client = new HttpClient(new RecordingHandler { InnerHandler = new SocketsHttpHandler { UseCookies = false } })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{_options.Port.ToString(CultureInfo.InvariantCulture)}"),
            Timeout = TimeSpan.FromSeconds(10),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Run.Key.Text);
        await CallAsync(client, tokens);
    }

    private async Task CallAsync(HttpClient client, int tokens)
    {
        await Task.Yield();
        while (!_enough.IsCancellationRequested)
        {
            try
            {
                using var answer = await Money.AskAsync(client, ChargingProvider.Ask(tokens));
                var text = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PaymentRequired or HttpStatusCode.ServiceUnavailable,
                    $"{answer.StatusCode}: {text}");
                if (answer.StatusCode == HttpStatusCode.OK && text.TrimEnd().EndsWith('}'))
                    _whole.Enqueue(answer.Headers.GetValues("x-keypass-request-id").Single());
                else
                    await Task.Delay(20);
            }
            catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException or IOException)
            {
                // It was killed, or stopped.
                await Task.Delay(20);
            }
        }
    }
}
