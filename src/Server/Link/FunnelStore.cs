using KeyPass.Server.Apps;
using KeyPass.Server.Persistence;
using Microsoft.EntityFrameworkCore;

namespace KeyPass.Server.Link;

/// <summary>How far people came whom an app asked.</summary>
internal sealed class FunnelStore(Database database, TimeProvider clock)
{
    /// <summary>Sessions that came as far, and ended alike. Updates are none of them: who changes a connection has one.</summary>
    public async Task<IReadOnlyList<Group>> SumAsync(Guid appId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        var (steps, exits, since) = (LinkState.Steps.ToArray(), LinkState.Exits.ToArray(), clock.GetUtcNow() - LinkStore.Kept);
        return await context.Database.SqlQuery<Group>($"""
            WITH latest AS (
                SELECT id, status FROM link_sessions WHERE app_id = {appId} AND expires_at > {since} AND NOT is_update
                ORDER BY expires_at DESC LIMIT {AppStore.MostCounted}),
            far AS (
                SELECT latest.status, max(array_position({steps}, event.name::text)) - 1 AS reached
                FROM latest JOIN link_events event ON event.session_id = latest.id GROUP BY latest.id, latest.status)
            SELECT reached AS "Reached", CASE WHEN status = ANY({exits}) THEN status END AS "Exit", count(*) AS "Sessions"
            FROM far GROUP BY 1, 2 ORDER BY 1, 2
            """).ToListAsync(cancel);
    }

    internal sealed class Group
    {
        /// <summary>The place of the last step among <see cref="LinkState.Steps"/>.</summary>
        public required int Reached { get; init; }

        public string? Exit { get; init; }
        public required long Sessions { get; init; }
    }
}
