using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Conformance;

/// <summary>A server, one provider beside it that plays every vendor, and somebody whose virtual key holds a key of each.</summary>
public sealed class ConformanceRun(TestCluster cluster) : IAsyncLifetime
{
    private static readonly string[] Vendors = ["openai", "anthropic", "google", "groq"];

    private readonly TestAccount _owner = new("ana");
    private readonly Dictionary<string, NodeSdk> _scripts = [];
    private readonly Draws _draws = new(7);
    private readonly List<TestVault.Held> _held = [];

    private FakeProvider _provider = null!;
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    internal string ProviderAddress => _provider.Address;

    internal string ServerAddress => _server.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>The secret of every provider key here.</summary>
    internal static string ProviderKey => Canary.ProviderKey;

    internal string VirtualKey { get; private set; } = "";

    /// <summary>As somebody makes one up, checksum and all.</summary>
    internal static string UnknownKey()
    {
        using var minted = Credential.Mint(CredentialKind.VirtualKey);
        return System.Text.Encoding.ASCII.GetString(minted.Reveal());
    }

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _server = await KeyPassServer.StartAsync(
            cluster, withProbe: false, settings: [.. Vendors.Select(vendor => ($"KeyPass:Providers:{vendor}:Origin", _provider.Address))]);
        _ana = _server.NewClient();
        await _owner.RegisterAsync(_ana);
        foreach (var vendor in Vendors)
            _held.Add(await _owner.Vault.AddKeyAsync(_ana, vendor, ProviderCatalog.Find(vendor)!.Origin!));
        VirtualKey = await NewKeyAsync();
    }

    /// <param name="limits">What beside its keys it is made with.</param>
    internal async Task<string> NewKeyAsync(object? limits = null) =>
        (await _owner.Vault.VirtualKeyAsync(_ana, "tests", limits, [.. _held])).Text;

    internal async Task<string> RevokedKeyAsync()
    {
        var made = await _owner.Vault.VirtualKeyAsync(_ana, "gone", null, [.. _held]);
        using var deleted = await _ana.DeleteAsync($"/v1/virtual-keys/{made.GrantId:N}");
        Assert.True(deleted.IsSuccessStatusCode);
        return made.Text;
    }

    internal ISdk Node(string script)
    {
        if (!_scripts.TryGetValue(script, out var sdk) || sdk.HasEnded)
            _scripts[script] = sdk = new NodeSdk(script);
        return sdk;
    }

    /// <summary>From now on the provider gives these answers, one after the other, and the last of them from then on.</summary>
    internal void Plays(IReadOnlyList<Replay> answers, Func<int> cut)
    {
        _provider.Requests.Clear();
        _provider.Answer = context =>
        {
            var asked = _provider.Requests.ToList();
            return answers[Math.Min(asked.Count, answers.Count) - 1].PlayAsync(context, asked[^1].Text, cut);
        };
    }

    /// <summary>From now on the provider gives this stream up to its first event, and when it is told to go on the rest, or none of it.</summary>
    internal void PlaysInTwo(Replay stream, string betweenEvents, Func<Task> goOn, bool isWhole)
    {
        _provider.Requests.Clear();
        _provider.Answer = async context =>
        {
            context.Response.ContentType = stream.MediaType;
            var body = stream.For(_provider.Requests.Last().Text);
            var first = body.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(betweenEvents)) + betweenEvents.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, first));
            await context.Response.Body.FlushAsync();
            await goOn();
            if (isWhole)
                await context.Response.Body.WriteAsync(body.AsMemory(first));
            else
                context.Abort();
        };
    }

    /// <summary>From now on the provider hangs up on whoever asks.</summary>
    internal void PlaysDead()
    {
        _provider.Requests.Clear();
        _provider.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
    }

    /// <summary>What reached the provider since it was told what to play.</summary>
    internal IReadOnlyList<FakeProvider.Asked> Asked() => [.. _provider.Requests];

    /// <summary>Whole, in crumbs, and in pieces that end anywhere. The crumbs of a long answer are larger, or it would take for ever.</summary>
    internal IReadOnlyList<Func<int>> Cuts(int length) =>
        [() => int.MaxValue, () => 1 + _draws.Below(7 + length / 500), () => 1 + _draws.Below(300 + length / 20)];

    public async ValueTask DisposeAsync()
    {
        foreach (var sdk in _scripts.Values)
            await sdk.DisposeAsync();
        _ana.Dispose();
        await _server.DisposeAsync();
        await _provider.DisposeAsync();
    }
}
