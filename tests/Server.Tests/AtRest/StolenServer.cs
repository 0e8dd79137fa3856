using System.Net.Http.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.AtRest;

/// <summary>A server with a thousand sealed keys, and everything it leaves lying about.</summary>
public sealed class StolenServer : IAsyncLifetime
{
    public const int Vaults = 10;
    public const int KeysOfEach = 100;

    /// <summary>Handed to one token of each vault.</summary>
    public const int KeysOfToken = 3;

    private readonly ProcessOptions _options;

    public StolenServer()
    {
        Folder = Artifacts.NewFolder("at-rest");
        _options = new ProcessOptions { DataDirectory = Path.Combine(Folder, "data") };
    }

    public string Folder { get; }
    public string Backup => Path.Combine(Folder, "backup");
    internal List<Owner> Accounts { get; } = [];
    internal ServerProcess Server { get; private set; } = null!;
    internal Loot Loot { get; private set; } = null!;

    /// <param name="Token">Holds the first few of the keys.</param>
    internal sealed record Owner(TestAccount Account, string Session, IReadOnlyList<Guid> Keys, string Token);

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync(_options);
        for (var number = 0; number < Vaults; number++)
        {
            var account = new TestAccount($"owner{number}");
            var session = (await account.RegisterAsync(Server.Client)).GetProperty("sessionToken").GetString()!;
            var keys = await Task.WhenAll(Enumerable.Range(0, KeysOfEach).Select(_ => account.Vault.AddKeyAsync(Server.Client, text: TestVault.NewSecret())));
            var made = account.Vault.NewGrant(CredentialKind.ManagementToken, "ci", ["delegate"], [.. keys.Take(KeysOfToken)]);
            using var answer = await Server.Client.PostAsJsonAsync("/v1/tokens", made.Body);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            Accounts.Add(new Owner(account, session, [.. keys.Select(held => held.Id)], made.Text));
        }
        var (exitCode, output) = await ServerProcess.RunAsync(_options with { Words = ["backup", Backup] });
        Assert.True(exitCode == 0, output);
        Loot = await Loot.TakeAsync(Backup, _options.DataDirectory + ".ring", Server.Output);
    }

    /// <summary>So that everything is in its files.</summary>
    public Task StopAsync() => Server.StopAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
