using System.Globalization;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;

namespace KeyPass.Server;

/// <summary>The operator's words for the ring. What each did, and what comes after it, is printed for a person.</summary>
internal static class RingCommands
{
    public const string Usage = """
          ring list                  the epochs of the ring, with the rows and running servers that use each
          ring add                   a new epoch, which only opens until it is activated
          ring activate <number>     wrap new rows under it; refused until every running server has it
          ring rewrap                put every row under the active epoch, while servers run
          ring destroy <number>      erase an old epoch for good, and old backups with it; refused while anything uses it
        """;

    /// <summary>What to print, once it is done; null when these are not words for the ring.</summary>
    public static Task<string>? Run(Settings settings, string[] words) => words switch
    {
        ["list"] => WithRingAsync(settings, ListAsync),
        ["add"] => WithRingAsync(settings, rotation => AddAsync(rotation, settings.RingFile)),
        ["activate", var text] => WithRingAsync(settings, rotation => ActivateAsync(rotation, Kid(text), settings.RingFile)),
        ["rewrap"] => WithRingAsync(settings, RewrapAsync),
        ["destroy", var text] => WithRingAsync(settings, rotation => DestroyAsync(rotation, Kid(text), settings.RingFile)),
        _ => null,
    };

    private static async Task<string> WithRingAsync(Settings settings, Func<RingRotation, Task<string>> act)
    {
        await using var database = await Database.OpenBesideRunningServerAsync(settings.Database, CancellationToken.None);
        await using var presence = new RingPresenceStore(database);
        return await act(new RingRotation(
            new RingStore(database, TimeProvider.System), presence, new RewrapStore(database), WrappedColumns.All, WrappedColumns.Passing,
            settings.RingFile, TimeProvider.System));
    }

    private static async Task<string> ListAsync(RingRotation rotation)
    {
        var (epochs, servers) = await rotation.ListAsync(CancellationToken.None);
        var lines = epochs.Select(epoch => string.Create(CultureInfo.InvariantCulture,
            $"epoch {epoch.Kid}  {Word(epoch.State),-10}  made {epoch.Created:yyyy-MM-dd}  {epoch.Rows} rows  "
                + $"on {epoch.ServersWithIt} of {servers} running servers, {epoch.ServersWrapping} wrapping under it"));
        return string.Join('\n', lines);
    }

    private static async Task<string> AddAsync(RingRotation rotation, string path)
    {
        var kid = await rotation.AddAsync(CancellationToken.None);
        return $"""
            Epoch {kid} is in {path}; until it is activated it only opens.
            Copy the file to every other server, back it up where the ring is kept, then: ring activate {kid}
            """;
    }

    private static async Task<string> ActivateAsync(RingRotation rotation, uint kid, string path)
    {
        await rotation.ActivateAsync(kid, CancellationToken.None);
        return $"""
            New rows are wrapped under epoch {kid}. Running servers read {path} by themselves; copy it to every other server.
            Then: ring rewrap
            """;
    }

    private static async Task<string> RewrapAsync(RingRotation rotation)
    {
        var result = await rotation.RewrapAsync(
            (column, left) => Console.Out.WriteLine($"  {column}: {left.ToString(CultureInfo.InvariantCulture)} rows left in all"), CancellationToken.None);
        var left = result.Broken.Count == 0 ? "" : $"""

            {result.Broken.Count} rows do not open and were left as they are; they keep their epoch from being destroyed until they are deleted:
              {string.Join("\n  ", result.Broken)}
            """;
        return $"Put {result.Rows} rows under the active epoch.{left}\nWhen backups under the old epoch are no longer wanted: ring destroy <number>";
    }

    private static async Task<string> DestroyAsync(RingRotation rotation, uint kid, string path)
    {
        await rotation.DestroyAsync(kid, CancellationToken.None);
        return $"""
            Epoch {kid} is erased from {path}. Copy the file to every other server, and delete every older copy of it, backups of it too:
            with the last one goes every backup of the database from that time.
            """;
    }

    private static uint Kid(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var kid)
        ? kid
        : throw new StartFailure($"'{text}' is not the number of an epoch: 'ring list' shows them.");

    private static string Word(RingState state) => state switch
    {
        RingState.Active => "active",
        RingState.Decrypt => "opens",
        _ => "destroyed",
    };
}
