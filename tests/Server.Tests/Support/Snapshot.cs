namespace KeyPass.Server.Tests.Support;

/// <summary>A text the world depends on, kept in the repository so that its change is a reviewed diff.</summary>
internal static class Snapshot
{
    public static void Compare(string path, string actual)
    {
        var file = Path.Combine(Artifacts.RepositoryRoot, path);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
            return;
        }
        var expected = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(expected == actual, $"{path} no longer says what the server does. If the change is meant, run UPDATE_SNAPSHOTS=1 ./test and "
            + $"commit the file.\n\n{Difference(expected, actual)}");
    }

    private static string Difference(string expected, string actual)
    {
        var was = expected.Split('\n').ToHashSet(StringComparer.Ordinal);
        var now = actual.Split('\n').ToHashSet(StringComparer.Ordinal);
        return string.Join('\n', was.Except(now).Select(line => "- " + line).Concat(now.Except(was).Select(line => "+ " + line)).Take(40));
    }
}
