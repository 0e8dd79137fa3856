using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using KeyPass.Server.Vault;
using Npgsql;

namespace KeyPass.Server.Tests.Vault;

/// <summary>The ring is turned by the operator's words, under running servers that are not restarted, and loses no row.</summary>
public sealed class RingRotationTests(TestCluster cluster)
{
    [Fact]
    public async Task A_ring_turned_under_two_running_servers_loses_no_row_and_leaves_none_under_the_old_epoch()
    {
        await using var nodes = await Nodes.StartAsync(cluster);
        var ana = new TestAccount("ana");
        await ana.RegisterAsync(nodes.First.Client);
        nodes.Second.Client.DefaultRequestHeaders.Authorization = nodes.First.Client.DefaultRequestHeaders.Authorization;
        var vault = new KeysOf(ana);
        await vault.AddAsync(nodes.First.Client);

        await nodes.ExpectAsync("until it is activated it only opens", "add");
        await nodes.RefuseAsync("1 of 2 running servers do not have epoch 2 yet", "activate", "2");
        nodes.Copy();
        await nodes.ExpectAsync("New rows are wrapped under epoch 2", "activate", "2");
        await Nodes.WaitAsync("1 Decrypt, 2 Active now", nodes.First);
        await vault.AddAsync(nodes.First.Client); // under the new epoch
        await vault.AddAsync(nodes.Second.Client); // under the old one: this server's file has not changed yet
        foreach (var client in nodes.Clients)
            await vault.ExpectAllOpenAsync(client);

        await nodes.RefuseAsync("1 of 2 running servers still wrap under epoch 1", "destroy", "1");
        nodes.Copy();
        await nodes.RefuseAsync("rows are still under epoch 1, and would be lost with it", "destroy", "1");
        await nodes.ExpectAsync("rows under the active epoch", "rewrap");
        await nodes.ExpectAsync("Put 0 rows under the active epoch", "rewrap");
        var secret = (await File.ReadAllTextAsync(nodes.Ring)).Split('\n').Single(line => line.StartsWith("1 ", StringComparison.Ordinal)).Split(' ')[3];
        await nodes.ExpectAsync("Epoch 1 is erased", "destroy", "1");
        await Nodes.WaitAsync("1 Destroyed, 2 Active now", nodes.First);

        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(nodes.Ring), StringComparison.Ordinal);
        await nodes.ExpectAsync("epoch 1  destroyed", "list");
        foreach (var client in nodes.Clients)
        {
            await vault.AddAsync(client);
            await vault.ExpectAllOpenAsync(client);
            await ana.LogInAsync(client);
            // Nobody's sign-in is checked against something of the ring's as well.
            using var nobody = await client.PostAsJsonAsync("/v1/auth/login", new { email = "nobody@example.com", authHash = ana.AuthHash });
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        }
    }

    /// <summary>CR-22.</summary>
    [Fact]
    public async Task An_old_backup_opens_nothing_once_its_epoch_is_destroyed_even_with_a_current_credential()
    {
        var options = new ProcessOptions { DataDirectory = Path.Combine(Artifacts.NewFolder("turned"), "data") };
        var (ring, backup) = (options.DataDirectory + ".ring", options.DataDirectory + ".backup");
        var ana = new TestAccount("ana");
        var vault = new KeysOf(ana);
        System.Net.Http.Headers.AuthenticationHeaderValue? session;
        await using (var server = await ServerProcess.StartAsync(options))
        {
            await ana.RegisterAsync(server.Client);
            await vault.AddAsync(server.Client);
            session = server.Client.DefaultRequestHeaders.Authorization;
            foreach (var words in new[] { $"backup {backup}", "ring add", "ring activate 2", "ring rewrap", "ring destroy 1" })
            {
                var (exitCode, output) = await ServerProcess.RunAsync(options with { Words = words.Split(' ') });
                Assert.True(exitCode == 0, output);
            }
            await vault.ExpectAllOpenAsync(server.Client);
        }
        var thief = new ProcessOptions { DataDirectory = Path.Combine(Artifacts.NewFolder("stolen"), "data"), Words = ["restore", backup] };
        Assert.Equal(0, (await ServerProcess.RunAsync(thief)).ExitCode);
        File.Copy(ring, thief.DataDirectory + ".ring");

        await using var restored = await ServerProcess.StartAsync(thief with { Words = [] });

        restored.Client.DefaultRequestHeaders.Authorization = session; // as good as ever, and it opens nothing
        Assert.All(await KeysOf.ListAsync(restored.Client), item => Assert.True(item.GetProperty("broken").GetBoolean()));
        Assert.NotEmpty(await KeysOf.ListAsync(restored.Client));
        using var answer = await restored.Client.PostAsJsonAsync("/v1/auth/login", new { email = ana.Email, authHash = ana.AuthHash });
        Assert.Contains("seal_broken", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_database_itself_refuses_a_row_under_a_destroyed_epoch()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var ana = await server.AsAsync("ana");
        var id = Guid.Parse(await TestKey.AddAsync(ana));
        using var old = RingFile.Load(server.RingFile);
        var late = old.Wrap(VaultStore.ItemTable, id, new byte[321]); // what a server that was asleep all along would write
        await TurnAsync(server);

        await using var command = server.Database.Source.CreateCommand("UPDATE vault_items SET envelope = $1 WHERE id = $2");
        command.Parameters.Add(new() { Value = late });
        command.Parameters.Add(new() { Value = id });
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    public async Task A_server_with_a_copy_of_the_ring_from_before_does_not_start()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        var copy = Path.Combine(Artifacts.NewFolder("ring"), "ring");
        File.Copy(server.RingFile, copy);
        await TurnAsync(server);
        var options = new ProcessOptions { ConnectionString = server.Database.Source.ConnectionString };

        var (exitCode, output) = await ServerProcess.RunAsync(options, ("KeyPass__RingFile", copy));
        Assert.True(exitCode == 1, output);
        Assert.Contains("its epoch 2 differs", output, StringComparison.Ordinal);

        // And one that has every epoch, but from before the first was destroyed.
        await using var forget = server.Database.Source.CreateCommand("DELETE FROM ring_epochs WHERE kid = 2");
        await forget.ExecuteNonQueryAsync();
        (exitCode, output) = await ServerProcess.RunAsync(options, ("KeyPass__RingFile", copy));
        Assert.True(exitCode == 1, output);
        Assert.Contains("is an old copy: epoch 1 has been destroyed since", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rewrap_that_is_broken_off_goes_on_where_it_was_and_overwrites_no_change()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        var ana = new TestAccount("ana");
        using var client = server.NewClient();
        await ana.RegisterAsync(client);
        var vault = new KeysOf(ana);
        for (var number = 0; number < 30; number++)
            await vault.AddAsync(client);
        var rotation = RotationOf(server);
        await rotation.AddAsync(CancellationToken.None);
        await rotation.ActivateAsync(2, CancellationToken.None);

        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rotation.RewrapAsync((_, _) => stop.Cancel(), stop.Token));
        var left = (await rotation.ListAsync(CancellationToken.None)).Epochs[0].Rows;
        Assert.InRange(left, 1, 34);
        // Its owner rotates keys while the rest is re-wrapped.
        var rewrap = rotation.RewrapAsync((_, _) => { }, CancellationToken.None);
        await vault.RotateAllAsync(client);
        await rewrap;

        await vault.ExpectAllOpenAsync(client);
        await rotation.RewrapAsync((_, _) => { }, CancellationToken.None);
        await vault.ExpectAllOpenAsync(client);
        Assert.Equal(0, (await rotation.ListAsync(CancellationToken.None)).Epochs[0].Rows);
    }

    [Fact]
    public async Task A_row_that_does_not_open_is_named_left_as_it_is_and_keeps_its_epoch()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var ana = await server.AsAsync("ana");
        var id = Guid.Parse(await TestKey.AddAsync(ana));
        await using var command = server.Database.Source.CreateCommand("UPDATE vault_items SET envelope = set_byte(envelope, 50, get_byte(envelope, 50) # 1) "
            + "WHERE kind = 'key'");
        await command.ExecuteNonQueryAsync();
        var rotation = RotationOf(server);
        await rotation.AddAsync(CancellationToken.None);
        await rotation.ActivateAsync(2, CancellationToken.None);

        var result = await rotation.RewrapAsync((_, _) => { }, CancellationToken.None);

        Assert.Equal([$"vault_items.envelope, row {id}"], result.Broken);
        var refused = await Assert.ThrowsAsync<StartFailure>(() => rotation.DestroyAsync(1, CancellationToken.None));
        Assert.Contains("1 rows are still under epoch 1", refused.Message, StringComparison.Ordinal);
        await ana.DeleteAsync($"/v1/keys/{id:N}");
        await rotation.DestroyAsync(1, CancellationToken.None);
    }

    [Theory]
    [InlineData("damaged", "is damaged")]
    [InlineData("gone", "is missing")]
    [InlineData("another", "differs")]
    public async Task A_ring_file_that_cannot_be_used_is_named_in_the_log_and_the_server_goes_on(string fault, string named)
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var client = server.NewClient();
        var ana = new TestAccount("ana");
        await ana.RegisterAsync(client);
        var whole = await File.ReadAllTextAsync(server.RingFile);

        if (fault == "gone")
            File.Delete(server.RingFile);
        else if (fault == "damaged")
            await File.WriteAllTextAsync(server.RingFile, whole[..^20]);
        else
            RingFile.Save(server.RingFile, Ring.Fresh(TimeProvider.System.GetUtcNow()));

        while (!Recording.Logs.Any(line => line.Contains(server.RingFile, StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal)))
            await Task.Delay(50);
        await ana.LogInAsync(client);
        await TestKey.AddAsync(client);
    }

    [Fact]
    public async Task An_operator_who_is_root_leaves_the_file_to_its_user()
    {
        Assert.SkipUnless(Posix.IsRoot, "this run is not root");
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        Posix.ChangeOwner(server.RingFile, new PosixUser("somebody", 12345, 23456));

        await RotationOf(server).AddAsync(CancellationToken.None);

        var owner = await Command.RunAsync("stat", ["-c", "%u %g %a", server.RingFile], asUser: null, TimeSpan.FromSeconds(10));
        Assert.Equal("12345 23456 600", owner.LastLine);
    }

    [Theory]
    [InlineData("ring", "is not something this program does")]
    [InlineData("ring turn", "is not something this program does")]
    [InlineData("ring activate two", "is not the number of an epoch")]
    public async Task Words_that_are_none_are_answered_with_those_that_are(string words, string sentence)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(new ProcessOptions { Words = words.Split(' ') });

        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, output, StringComparison.Ordinal);
    }

    private static async Task TurnAsync(KeyPassServer server)
    {
        var rotation = RotationOf(server);
        await rotation.AddAsync(CancellationToken.None);
        await rotation.ActivateAsync(2, CancellationToken.None);
        await rotation.RewrapAsync((_, _) => { }, CancellationToken.None);
        await rotation.DestroyAsync(1, CancellationToken.None);
    }

    private static RingRotation RotationOf(KeyPassServer server) => new(
        new RingStore(server.Database, TimeProvider.System), new RingPresenceStore(server.Database), new RewrapStore(server.Database),
        WrappedColumns.All, WrappedColumns.Passing, server.RingFile, TimeProvider.System);

    /// <summary>Two servers on one database, each with a file of its own that holds the same ring.</summary>
    private sealed class Nodes : IAsyncDisposable
    {
        public required ProcessOptions Options { get; init; }
        public required string Ring { get; init; }
        public required string OtherRing { get; init; }
        public required ServerProcess First { get; init; }
        public required ServerProcess Second { get; init; }

        public IEnumerable<HttpClient> Clients => [First.Client, Second.Client];

        public static async Task<Nodes> StartAsync(TestCluster cluster)
        {
            var options = new ProcessOptions { ConnectionString = await cluster.NewDatabaseAsync() };
            var (ring, other) = (Path.Combine(Artifacts.NewFolder("ring"), "ring"), Path.Combine(Artifacts.NewFolder("ring"), "ring"));
            var first = await ServerProcess.StartAsync(options, ("KeyPass__RingFile", ring));
            File.Copy(ring, other);
            var second = await ServerProcess.StartAsync(options, ("KeyPass__RingFile", other));
            return new Nodes { Options = options, Ring = ring, OtherRing = other, First = first, Second = second };
        }

        /// <summary>As an operator would, so that the other server finds it.</summary>
        public void Copy() => File.Copy(Ring, OtherRing, overwrite: true);

        public Task ExpectAsync(string sentence, params string[] words) => RunAsync(0, sentence, words);

        public Task RefuseAsync(string sentence, params string[] words) => RunAsync(1, sentence, words);

        public static async Task WaitAsync(string said, ServerProcess server)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (!server.Output.Contains(said, StringComparison.Ordinal))
            {
                Assert.False(limit.IsCancellationRequested, $"'{said}' was never said:\n{server.Output}");
                await Task.Delay(50);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }

        private async Task RunAsync(int exitCode, string sentence, string[] words)
        {
            var (code, output) = await ServerProcess.RunAsync(Options with { Words = ["ring", .. words] }, ("KeyPass__RingFile", Ring));
            Assert.True(code == exitCode, output);
            Assert.Contains(sentence, output, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        }
    }

    /// <summary>An account's keys as its browser knows them.</summary>
    private sealed class KeysOf(TestAccount owner)
    {
        private readonly Dictionary<string, string> _secrets = [];

        public async Task AddAsync(HttpClient client)
        {
            var secret = TestVault.NewSecret();
            _secrets[await TestKey.AddAsync(client, new TestVault(owner).Seal(secret))] = secret;
        }

        public async Task RotateAllAsync(HttpClient client)
        {
            foreach (var id in _secrets.Keys.ToList())
            {
                _secrets[id] = TestVault.NewSecret();
                var envelope = new TestVault(owner).Seal(_secrets[id], id: id, version: 2).Envelope;
                using var answer = await client.PutAsJsonAsync($"/v1/keys/{id}", new { version = 2, envelope });
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }

        public async Task ExpectAllOpenAsync(HttpClient client)
        {
            var listed = await ListAsync(client);
            Assert.Equal(_secrets.Count, listed.Count);
            foreach (var item in listed)
                Assert.Equal(_secrets[item.GetProperty("id").GetString()!], new TestVault(owner).Open(item));
        }

        public static async Task<IReadOnlyList<JsonElement>> ListAsync(HttpClient client) =>
            [.. (await client.GetFromJsonAsync<JsonElement>("/v1/keys")).GetProperty("data").GetProperty("items").EnumerateArray()];
    }
}
