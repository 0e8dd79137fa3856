using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>
/// A wrapped column that the list of them lacks would be lost with its epoch. So every column of bytes is either in the list or
/// here, with what it holds.
/// </summary>
public sealed class WrappedColumnsTests(TestCluster cluster)
{
    /// <summary>Bytes that are under no ring, and why they need none.</summary>
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal)
    {
        ["accounts.kdf_parameters"] = "cost and salt, which anybody may ask for",
        ["accounts.public_key"] = "public",
        ["address_proofs.code_hash"] = "SHA-256 of 256 random bits",
        ["app_secrets.hash"] = "SHA-256 of 256 random bits",
        ["devices.hash"] = "SHA-256 of 256 random bits",
        ["grants.vault_point_tag"] = "an HMAC, which vouches for the vault's public point",
        ["idempotent_writes.answer"] = "what a route answered that answers no secret",
        ["idempotent_writes.fingerprint"] = "an HMAC under the ring",
        ["idempotent_writes.mark"] = "an HMAC under the ring",
        ["invites.code_hash"] = "SHA-256 of 256 random bits",
        ["link_sessions.code_challenge"] = "SHA-256 of what only the app knows, and made to be seen",
        ["link_sessions.exchange_mark"] = "an HMAC under the ring",
        ["link_sessions.link_token_hash"] = "SHA-256 of 256 random bits",
        ["link_sessions.public_token_hash"] = "SHA-256 of 256 random bits",
        ["link_sessions.relay"] = "sealed by one browser for another; the key is a link token's, of which the server keeps a hash",
        ["passkey_challenges.state"] = "what a passkey is asked to sign, which anybody may see",
        ["passkeys.credential_id"] = "names the passkey; its browser shows it to everybody",
        ["passkeys.public_key"] = "public",
        ["pending_registrations.code_hash"] = "SHA-256 of 256 random bits",
        ["ring_epochs.fingerprint"] = "tells one ring from another, and opens nothing",
        ["sessions.hash"] = "SHA-256 of 256 random bits",
        ["token_wraps.hash"] = "SHA-256 of 256 random bits",
        ["vault_unlocks.commitment"] = "opens nothing; the browser compares it before it decrypts",
        ["vault_unlocks.credential_id"] = "names the passkey",
        ["vault_unlocks.kdf_parameters"] = "cost and salt",
        ["vaults.public_key"] = "public",
    };

    [Fact]
    public async Task Every_column_of_bytes_is_re_wrapped_or_said_to_need_no_ring()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);

        Assert.Empty(await UnaccountedAsync(server.Database));
        Assert.All(WrappedColumns.All, column => Assert.DoesNotContain(column.ToString(), Plain.Keys));
        Assert.Equal(WrappedColumns.All.Count, WrappedColumns.All.Select(column => column.BoundAs).Distinct().Count());
    }

    [Fact]
    public async Task A_wrapped_column_that_is_not_in_the_list_is_found()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        await using var plant = server.Database.Source.CreateCommand("CREATE TABLE forgotten (id uuid, envelope bytea)");
        await plant.ExecuteNonQueryAsync();

        Assert.Equal(["forgotten.envelope"], await UnaccountedAsync(server.Database));
    }

    [Fact]
    public async Task What_is_said_to_need_no_ring_holds_no_envelope_and_what_is_listed_holds_nothing_else()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var ana = await server.AsAsync("ana");
        await TestKey.AddAsync(ana);
        foreach (var column in await ColumnsAsync(server.Database))
        {
            var (table, name) = (column.Split('.')[0], column.Split('.')[1]);
            var wrapped = WrappedColumns.All.Any(one => one.ToString() == column);
            await using var odd = server.Database.Source.CreateCommand(
                $"SELECT count(*) FROM {table} WHERE {name} IS NOT NULL AND (substring({name} FROM 1 FOR 5) = '\\x4b50010701'::bytea) <> {wrapped}");
            Assert.True((long)(await odd.ExecuteScalarAsync())! == 0, $"{column} holds {(wrapped ? "something else than" : "")} an outer envelope");
        }
    }

    private static async Task<IReadOnlyList<string>> UnaccountedAsync(Database database) =>
        [.. (await ColumnsAsync(database)).Where(column => !Plain.ContainsKey(column) && WrappedColumns.All.All(one => one.ToString() != column))];

    private static async Task<IReadOnlyList<string>> ColumnsAsync(Database database)
    {
        await using var command = database.Source.CreateCommand("""
            SELECT table_name || '.' || column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<string>();
        while (await reader.ReadAsync())
            columns.Add(reader.GetString(0));
        return columns;
    }
}
