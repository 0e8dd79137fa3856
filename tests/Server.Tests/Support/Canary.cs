using System.Text;

namespace KeyPass.Server.Tests.Support;

/// <summary>The marked secrets of this run, and the search for them.</summary>
internal static class Canary
{
    /// <summary>Read at a time while searching files.</summary>
    public const int PieceBytes = 1024 * 1024;

    private const string Marker = "CANARY-c3f1";

    /// <summary>Looks like a provider's key. Never a real one.</summary>
    public const string ProviderKey = "sk-proj-" + Marker + "-0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Planted on purpose into a database of the shared cluster, so with a marker of its own that the real search does not look for.</summary>
    public const string PlantedMarker = "PLANTED-7d20";
    public const string Planted = "sk-proj-" + PlantedMarker + "-0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>A sentence for each place the marker is found in.</summary>
    public static IReadOnlyList<string> Search(IEnumerable<string> logs, IEnumerable<string> answers, string folder, string marker = Marker)
    {
        var found = new List<string>();
        found.AddRange(logs.Where(line => line.Contains(marker, StringComparison.Ordinal)).Select(line => "log: " + Around(line, marker)));
        found.AddRange(answers.Where(text => text.Contains(marker, StringComparison.Ordinal)).Select(text => "answer: " + Around(text, marker)));
        byte[][] spellings = [Encoding.UTF8.GetBytes(marker), Encoding.Unicode.GetBytes(marker)];
        // One piece of memory for all: a run leaves a hundred thousand files.
        var piece = new byte[PieceBytes + spellings.Max(spelling => spelling.Length)];
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Contains(file, spellings, piece))
                found.Add("file: " + file);
        }
        return found;
    }

    private static bool Contains(string file, byte[][] spellings, byte[] piece)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var longest = spellings.Max(spelling => spelling.Length);
            var kept = 0;
            while (true)
            {
                var read = stream.Read(piece, kept, PieceBytes);
                if (read == 0)
                    return false;
                var filled = piece.AsSpan(0, kept + read);
                foreach (var spelling in spellings)
                    if (filled.IndexOf(spelling) >= 0)
                        return true;
                // The end of this piece may be the beginning of a find.
                var keep = Math.Min(longest - 1, filled.Length);
                filled[^keep..].CopyTo(piece);
                kept = keep;
            }
        }
        catch (IOException)
        {
            return false; // a socket, or a file PostgreSQL has just removed
        }
    }

    private static string Around(string text, string marker)
    {
        var at = text.IndexOf(marker, StringComparison.Ordinal);
        return text[Math.Max(0, at - 60)..Math.Min(text.Length, at + marker.Length + 20)];
    }
}
