using System.Globalization;

namespace KeyPass.Server.Persistence;

/// <summary>
/// Where the private PostgreSQL keeps its files, and which user owns them. Normally <c>data/postgres</c>; when the server is
/// root and the user it drops to cannot enter that place (a home directory, say), <c>data/postgres</c> is a link to a folder
/// under <see cref="SharedFolder"/> that it can.
/// </summary>
internal sealed record ClusterFolder(string Path, PosixUser Owner)
{
    /// <summary>Files of a root server that other users must be able to reach.</summary>
    public const string SharedFolder = "/var/lib/keypass";

    /// <summary>Null when the server itself may run PostgreSQL: then nothing is dropped.</summary>
    public PosixUser? DropTo => Posix.IsRoot ? Owner : null;

    public static async Task<ClusterFolder> ResolveAsync(string dataDirectory)
    {
        var inData = System.IO.Path.Combine(Posix.RealPath(dataDirectory), "postgres");
        // A link whose target is gone (a restored data directory, say) still says where to put it.
        var path = new FileInfo(inData).LinkTarget ?? inData;
        if (!Posix.IsRoot)
        {
            var me = Posix.CurrentUser;
            if (Directory.Exists(path) && await OwnerIdAsync(path) is { } ownerId && ownerId != me.UserId)
                throw new StartFailure($"{path} belongs to the user {Posix.FindUser(Text(ownerId))?.Name ?? Text(ownerId)}, and this server runs "
                    + $"as {me.Name}: start it as that user or as root, or give the folder away with chown -R.");
            return new ClusterFolder(path, me);
        }

        var owner = Directory.Exists(path) && await OwnerIdAsync(path) is { } existing && existing != 0
            ? Posix.FindUser(Text(existing))
            : Posix.FindUser("keypass") ?? Posix.FindUser("postgres");
        if (owner is null)
            throw new StartFailure("PostgreSQL refuses to run as root and there is no user to run it as: add one with 'useradd --system "
                + "keypass', or start KeyPass as an ordinary user.");

        if (path == inData && !Directory.Exists(path) && !await Command.CanEnterAsync(owner, dataDirectory))
        {
            path = System.IO.Path.Combine(SharedFolder, "cluster-" + System.IO.Path.GetRandomFileName());
            Directory.CreateDirectory(SharedFolder);
            File.CreateSymbolicLink(inData, path);
        }
        return new ClusterFolder(path, owner);
    }

    private static async Task<uint?> OwnerIdAsync(string path)
    {
        var format = OperatingSystem.IsMacOS() ? "-f" : "-c";
        var answer = await Command.RunAsync("stat", [format, "%u", path], asUser: null, TimeSpan.FromSeconds(5));
        return answer.Succeeded && uint.TryParse(answer.Output.Trim(), CultureInfo.InvariantCulture, out var id) ? id : null;
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
