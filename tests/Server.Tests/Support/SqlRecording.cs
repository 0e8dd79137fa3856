using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// What the requests to one server ask its database, by the driver's own account; what the server asks by itself, beat by beat, is left out.
/// Tests that run beside have databases of their own.
/// </summary>
internal sealed class SqlRecording : IDisposable
{
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly ActivityListener _listener;

    public SqlRecording(KeyPassServer server)
    {
        var database = new NpgsqlConnectionStringBuilder(server.Database.Source.ConnectionString).Database;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity is { Source.Name: "Npgsql", Parent: not null } && activity.TagObjects.Any(tag => database!.Equals(tag.Value)))
                    _commands.Enqueue(Text(activity));
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The commands since the last time, in their order.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = new List<string>();
        while (_commands.TryDequeue(out var command))
            taken.Add(command);
        return taken;
    }

    public void Dispose() => _listener.Dispose();

    private static string Text(Activity activity) =>
        (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) as string ?? activity.DisplayName;
}
