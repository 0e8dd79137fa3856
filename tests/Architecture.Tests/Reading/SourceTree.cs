using System.Diagnostics;
using System.Text;

namespace KeyPass.Architecture.Tests.Reading;

/// <summary>The repository as a reader finds it: everything git tracks or would track, nothing that was built.</summary>
internal static class SourceTree
{
    private static readonly string[] BuiltFolders = ["bin", "obj", "node_modules", "dist", ".git", "wwwroot", "data", "artifacts", "backups"];
    private static readonly Lazy<IReadOnlyList<string>> AllPaths = new(ListPaths);
    private static readonly Lazy<IReadOnlyList<SourceFile>> AllTexts = new(ReadTexts);

    public static string Root { get; } = FindRoot();

    /// <summary>Every file, text or not.</summary>
    public static IReadOnlyList<string> Paths => AllPaths.Value;

    /// <summary>Every text file.</summary>
    public static IReadOnlyList<SourceFile> Texts => AllTexts.Value;

    public static IEnumerable<SourceFile> ServerCode => Texts.Where(file => file.IsUnder("src/Server") && file.Is(".cs"));

    /// <summary>What a reader without git sees; the same, as long as nothing committed hides in a folder named like a built one.</summary>
    public static IEnumerable<string> PathsWithoutGit => Walk(new DirectoryInfo(Root));

    public static SourceFile Get(string path) =>
        Texts.FirstOrDefault(file => file.Path == path)
        ?? throw new FileNotFoundException($"{path} is not in the repository (or git ignores it).", path);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "KeyPass.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds KeyPass.sln.");
    }

    private static List<string> ListPaths()
    {
        var listed = AskGit() ?? PathsWithoutGit;
        return [.. listed.Where(path => File.Exists(Path.Combine(Root, path))).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Tracked files and new ones that are not ignored; null where there is no git (a source archive).</summary>
    private static IEnumerable<string>? AskGit()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var git = Process.Start(start)!;
            git.ErrorDataReceived += (_, _) => { };
            git.BeginErrorReadLine();
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Split('\0', StringSplitOptions.RemoveEmptyEntries) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles())
            yield return Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
        foreach (var below in folder.EnumerateDirectories().Where(below => !BuiltFolders.Contains(below.Name)))
            foreach (var path in Walk(below))
                yield return path;
    }

    private static List<SourceFile> ReadTexts()
    {
        var texts = new List<SourceFile>();
        foreach (var path in Paths)
        {
            var bytes = File.ReadAllBytes(Path.Combine(Root, path));
            if (!bytes.AsSpan(0, Math.Min(bytes.Length, 8000)).Contains((byte)0))
                texts.Add(new SourceFile(path, Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF')));
        }
        return texts;
    }
}
