using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>
/// Somebody with write access to the database moves, swaps, copies and edits rows. Nothing altered opens, in any vault, and
/// nothing else is taken away.
/// </summary>
public sealed class AlteredRowsTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    private static readonly (string What, string Sql)[] Alterations =
    [
        ("another of the same vault moved in", "UPDATE vault_items SET envelope = (SELECT envelope FROM vault_items WHERE id = @other) WHERE id = @row"),
        ("another vault's moved in", "UPDATE vault_items SET envelope = (SELECT envelope FROM vault_items WHERE id = @bens) WHERE id = @row"),
        ("given to another vault", "UPDATE vault_items SET vault_id = @bensVault WHERE id = @row"),
        ("copied into another vault", """
            INSERT INTO vault_items (id, vault_id, kind, version, envelope, provider, origin, created_at)
            SELECT @row2, @bensVault, kind, version, envelope, provider, origin, created_at FROM vault_items WHERE id = @row
            """),
        ("given another id", "UPDATE vault_items SET id = @row2 WHERE id = @row"),
        ("sent to another provider", "UPDATE vault_items SET provider = 'groq' WHERE id = @row"),
        ("sent to another origin", "UPDATE vault_items SET origin = 'https://evil.example' WHERE id = @row"),
        ("sent to both", "UPDATE vault_items SET provider = 'groq', origin = 'https://api.groq.com' WHERE id = @row"),
        ("with a provider as long as fits", "UPDATE vault_items SET provider = repeat('x', 128) WHERE id = @row"),
        ("with no provider", "UPDATE vault_items SET provider = NULL WHERE id = @row"),
        ("made a later version", "UPDATE vault_items SET version = version + 1 WHERE id = @row"),
        ("made a version below all", "UPDATE vault_items SET version = 0 WHERE id = @row"),
        ("with another format", Flip(0)),
        ("with another type", Flip(3)),
        ("with another epoch", Flip(8)),
        ("with another nonce", Flip(9)),
        ("with another content", Flip(100)),
        ("with another end", "UPDATE vault_items SET envelope = set_byte(envelope, length(envelope) - 1, "
            + "get_byte(envelope, length(envelope) - 1) # 1) WHERE id = @row"),
        ("cut short", "UPDATE vault_items SET envelope = substr(envelope, 1, 30) WHERE id = @row"),
        ("emptied", "UPDATE vault_items SET envelope = '' WHERE id = @row"),
    ];

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_row_altered_in_the_database_opens_nowhere_hides_no_other_and_can_be_deleted()
    {
        var forTheBrowser = new List<object>();
        foreach (var (what, sql) in Alterations)
        {
            await using var people = await People.StartAsync(_server);
            var altered = await people.AlterAsync(sql);

            foreach (var (owner, client) in people.All)
            {
                var listed = await ListAsync(client);
                var expected = people.Sealed.Where(one => one.Owner == owner && !altered.Contains(one.Id)).ToList();
                Assert.True(expected.TrueForAll(one => listed.Any(item => Id(item) == one.Id)), $"{what}: an untouched key is hidden");
                foreach (var item in listed)
                {
                    var opens = expected.Find(one => one.Id == Id(item))?.Secret;
                    Assert.True(new TestVault(owner).Open(item) == opens, $"{what}: {(opens is null ? "it opened" : "an untouched key did not open")}");
                    Assert.Equal(item.GetProperty("envelope").ValueKind == JsonValueKind.Null, item.GetProperty("broken").GetBoolean());
                    var (vaultId, vaultKey) = (owner.VaultId.ToString("N"), Convert.ToHexStringLower(owner.UnlockedVault));
                    forTheBrowser.Add(new { what, vaultId, vaultKey, item, opens });
                }
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/vault")).StatusCode);
                foreach (var item in listed.Where(item => altered.Contains(Id(item))))
                    Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/v1/keys/{Id(item):N}")).StatusCode);
                Assert.Equal(expected.Count, (await ListAsync(client)).Count);
            }
        }
        await OpenInTheBrowsersOwnCodeAsync(forTheBrowser);
    }

    [Fact]
    public async Task A_broken_row_is_logged_by_its_place_and_healed_by_a_rotation()
    {
        await using var people = await People.StartAsync(_server);
        var row = (await people.AlterAsync(Flip(100))).Single(id => people.Sealed.Exists(one => one.Id == id));
        var (_, ana) = people.All[0];

        Assert.Single(await ListAsync(ana), item => item.GetProperty("broken").GetBoolean());
        Assert.Contains(Recording.Logs, line => line.Contains($"table vault_items, row {row}", StringComparison.Ordinal));

        using var rotated = await ana.PutAsJsonAsync($"/v1/keys/{row:N}", new { version = 2, envelope = TestKey.Envelope() });
        Assert.Equal(HttpStatusCode.OK, rotated.StatusCode);
        Assert.DoesNotContain(await ListAsync(ana), item => item.GetProperty("broken").GetBoolean());
    }

    [Theory]
    [InlineData("UPDATE accounts SET verifier = (SELECT verifier FROM accounts WHERE id = @bensAccount) WHERE id = @account")]
    [InlineData("UPDATE accounts SET verifier = set_byte(verifier, 40, get_byte(verifier, 40) # 1) WHERE id = @account")]
    [InlineData("UPDATE accounts SET verifier = '' WHERE id = @account")]
    public async Task An_altered_verifier_signs_nobody_in_and_says_so_as_a_failure_of_ours(string sql)
    {
        await using var people = await People.StartAsync(_server);
        await people.AlterAsync(sql);
        var (ana, ben) = (people.All[0].Owner, people.All[1].Owner);

        foreach (var hash in new[] { ana.AuthHash, ben.AuthHash })
        {
            using var answer = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email = ana.Email, authHash = hash });
            var body = await answer.Content.ReadAsStringAsync();

            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            Assert.Contains("seal_broken", body, StringComparison.Ordinal);
            Assert.DoesNotContain(ana.AccountId.ToString(), body, StringComparison.Ordinal);
        }
        Assert.Contains(Recording.Logs, line => line.Contains($"table accounts, row {ana.AccountId}", StringComparison.Ordinal));
        using var bens = await _server.Client.PostAsJsonAsync("/v1/auth/login", new { email = ben.Email, authHash = ben.AuthHash });
        Assert.Equal(HttpStatusCode.OK, bens.StatusCode);
    }

    [Theory]
    [InlineData("(SELECT envelope FROM vault_unlocks WHERE vault_id = @bensVault AND method = 'pw')")]
    [InlineData("set_byte(envelope, 40, get_byte(envelope, 40) # 1)")]
    public async Task An_altered_unlock_is_shown_as_broken_and_the_recovery_code_still_works(string envelope)
    {
        await using var people = await People.StartAsync(_server);
        await people.AlterAsync($"UPDATE vault_unlocks SET envelope = {envelope} WHERE vault_id = @vault AND method = 'pw'");
        var (owner, client) = people.All[0];

        var unlocks = (await owner.LogInAsync(client)).GetProperty("unlocks").EnumerateArray().ToDictionary(one => one.GetProperty("method").GetString()!);

        Assert.True(unlocks["pw"].GetProperty("broken").GetBoolean());
        Assert.Equal(JsonValueKind.Null, unlocks["pw"].GetProperty("envelope").ValueKind);
        Assert.False(unlocks["recovery"].GetProperty("broken").GetBoolean());
        Assert.NotNull(unlocks["recovery"].GetProperty("envelope").GetString());
    }

    [Fact]
    public async Task A_session_moved_to_another_account_sees_its_envelopes_and_opens_none()
    {
        await using var people = await People.StartAsync(_server);
        await people.AlterAsync("UPDATE sessions SET account_id = @bensAccount WHERE account_id = @account");
        var (ana, client) = people.All[0];

        var listed = Assert.Single(await ListAsync(client));

        Assert.Contains(people.Sealed, one => one.Id == Id(listed) && one.Owner != ana);
        Assert.Null(new TestVault(ana).Open(listed));
    }

    /// <summary>The same rows in the hands of the TypeScript that browsers run.</summary>
    private static async Task OpenInTheBrowsersOwnCodeAsync(List<object> listed)
    {
        var file = Path.Combine(Artifacts.NewFolder("listed"), "listed.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(listed));
        var start = new ProcessStartInfo("npx", ["vitest", "run", "tests/interop/altered.test.ts"])
        {
            WorkingDirectory = Path.Combine(Artifacts.RepositoryRoot, "src", "VaultClient"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KEYPASS_TEST_LISTED"] = file;
        using var vitest = Process.Start(start)!;
        var errors = vitest.StandardError.ReadToEndAsync();
        var output = await vitest.StandardOutput.ReadToEndAsync() + await errors;
        await vitest.WaitForExitAsync();
        File.Delete(file); // it holds what a browser would, secrets and all
        Assert.True(vitest.ExitCode == 0, output);
        Assert.Contains("1 passed", output, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(HttpClient client) =>
        [.. (await client.GetFromJsonAsync<JsonElement>("/v1/keys")).GetProperty("data").GetProperty("items").EnumerateArray()];

    private static Guid Id(JsonElement item) => Guid.Parse(item.GetProperty("id").GetString()!);

    private static string Flip(int at) => $"UPDATE vault_items SET envelope = set_byte(envelope, {at}, get_byte(envelope, {at}) # 1) WHERE id = @row";

    private sealed record SealedOne(TestAccount Owner, Guid Id, string Secret);

    /// <summary>Ana with three keys, and Ben with one, each signed in.</summary>
    private sealed class People(KeyPassServer server) : IAsyncDisposable
    {
        public List<(TestAccount Owner, HttpClient Client)> All { get; } = [];
        public List<SealedOne> Sealed { get; } = [];

        public static async Task<People> StartAsync(KeyPassServer server)
        {
            var people = new People(server);
            foreach (var (name, count) in new[] { ("ana", 3), ("ben", 1) })
            {
                var (owner, client) = (new TestAccount(name), server.NewClient());
                await owner.RegisterAsync(client);
                people.All.Add((owner, client));
                for (var number = 0; number < count; number++)
                {
                    var secret = TestVault.NewSecret();
                    var id = await TestKey.AddAsync(client, new TestVault(owner).Seal(secret));
                    people.Sealed.Add(new SealedOne(owner, Guid.Parse(id), secret));
                }
            }
            return people;
        }

        /// <summary>Ids whose rows are no longer as they were.</summary>
        public async Task<IReadOnlySet<Guid>> AlterAsync(string sql)
        {
            var before = await RowsAsync();
            await using var command = server.Database.Source.CreateCommand(sql);
            foreach (var (name, value) in new[]
            {
                ("row", Sealed[0].Id), ("other", Sealed[1].Id), ("bens", Sealed[3].Id), ("bensVault", All[1].Owner.VaultId), ("vault", All[0].Owner.VaultId),
                ("account", All[0].Owner.AccountId), ("bensAccount", All[1].Owner.AccountId), ("row2", Guid.CreateVersion7(TimeProvider.System.GetUtcNow())),
            })
            {
                if (sql.Contains($"@{name}", StringComparison.Ordinal))
                    command.Parameters.AddWithValue(name, value);
            }
            Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
            var after = await RowsAsync();
            return before.Keys.Union(after.Keys).Where(id => before.GetValueOrDefault(id) != after.GetValueOrDefault(id)).ToHashSet();
        }

        public ValueTask DisposeAsync()
        {
            foreach (var (_, client) in All)
                client.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<Dictionary<Guid, string>> RowsAsync()
        {
            await using var command = server.Database.Source.CreateCommand("SELECT id, vault_items::text FROM vault_items");
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new Dictionary<Guid, string>();
            while (await reader.ReadAsync())
                rows[reader.GetGuid(0)] = reader.GetString(1);
            return rows;
        }
    }
}
