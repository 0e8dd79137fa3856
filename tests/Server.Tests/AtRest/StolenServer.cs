using System.Net.Http.Json;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.AtRest;

/// <summary>A server with a thousand sealed keys, and everything it leaves lying about.</summary>
public sealed class StolenServer : IAsyncLifetime
{
    public const int Vaults = 10;
    public const int KeysOfEach = 100;
    public const int KeysOfGrant = 10;

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

    internal sealed record Owner(TestAccount Account, string Session, IReadOnlyList<Guid> Keys, string Credential);

    public async ValueTask InitializeAsync()
    {
        Server = await ServerProcess.StartAsync(_options);
        for (var number = 0; number < Vaults; number++)
        {
            var account = new TestAccount($"owner{number}");
            var session = (await account.RegisterAsync(Server.Client)).GetProperty("sessionToken").GetString()!;
            var keys = new List<TestVault.Held>();
            while (keys.Count < KeysOfEach)
                keys.Add(await account.Vault.AddKeyAsync(Server.Client, text: TestVault.NewSecret()));
            var grant = account.Vault.NewGrant(CredentialKind.ManagementToken, "ci", ["delegate"], [.. keys.Take(KeysOfGrant)]);
            using var made = await Server.Client.PostAsJsonAsync("/v1/tokens", grant.Body);
            Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
            Accounts.Add(new Owner(account, session, [.. keys.Select(one => one.Id)], grant.Text));
        }
        var (exitCode, output) = await ServerProcess.RunAsync(_options with { Words = ["backup", Backup] });
        Assert.True(exitCode == 0, output);
        Loot = await Loot.TakeAsync(Backup, _options.DataDirectory + ".ring", Server.Output);
    }

    /// <summary>So that everything is in its files.</summary>
    public Task StopAsync() => Server.StopAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
