using System.Collections;
using System.Reflection;
using KeyPass.Server.Gateway;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>The credentials at hand: as many as there is room for, however many call.</summary>
public sealed class LiveGrantsTests(TestCluster cluster)
{
    private const int Room = 1000;

    [Fact]
    public async Task Thousands_of_virtual_keys_take_the_room_of_one_and_each_is_still_found()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var credentials = Enumerable.Range(0, Rounds.Of(3_000, inLongRuns: 10_000)).Select(_ => Credential.Mint(CredentialKind.VirtualKey)).ToList();
        var ids = credentials.Select(_ => TestAccount.NewId()).ToArray();
        await CopyAsync(run, ids, [.. credentials.Select(HashOf)]);
        var live = new LiveGrants(
            run.Server.Services.GetRequiredService<GrantLookupStore>(), TimeProvider.System, NullLogger<LiveGrants>.Instance, most: Room);

        var largest = 0;
        foreach (var (credential, id) in credentials.Zip(ids))
        {
            Assert.Equal(id, (await live.FindAsync(credential, CancellationToken.None))?.Id);
            largest = Math.Max(largest, Math.Max(Held(live, "_known"), Held(live, "_byGrant")));
        }

        Assert.Equal(Room, largest);
        Assert.Equal(ids[0], (await live.FindAsync(credentials[0], CancellationToken.None))?.Id);
        credentials.ForEach(credential => credential.Dispose());
    }

    /// <summary>The run's own virtual key, again and again under other names.</summary>
    private static async Task CopyAsync(GatewayRun run, Guid[] ids, byte[][] hashes)
    {
        await using var copy = run.Server.Database.Source.CreateCommand("""
            WITH wanted AS (SELECT * FROM unnest($2, $3) AS w(id, hash)),
            more_grants AS (
                INSERT INTO grants SELECT (jsonb_populate_record(g, jsonb_build_object('id', w.id))).* FROM grants AS g, wanted AS w WHERE g.id = $1),
            more_scopes AS (
                INSERT INTO grant_scopes SELECT (jsonb_populate_record(s, jsonb_build_object('grant_id', w.id))).*
                FROM grant_scopes AS s, wanted AS w WHERE s.grant_id = $1)
            INSERT INTO token_wraps SELECT (jsonb_populate_record(t, jsonb_build_object('id', w.id, 'grant_id', w.id, 'hash', w.hash))).*
            FROM token_wraps AS t, wanted AS w WHERE t.grant_id = $1
            """);
        foreach (var value in new object[] { run.Key.GrantId, ids, hashes })
            copy.Parameters.Add(new NpgsqlParameter { Value = value });
        await copy.ExecuteNonQueryAsync();
    }

    private static byte[] HashOf(Credential credential)
    {
        var hash = new byte[Credential.HashSize];
        credential.Hash(hash);
        return hash;
    }

    private static int Held(LiveGrants live, string field) =>
        ((ICollection)typeof(LiveGrants).GetField(field, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(live)!).Count;
}
