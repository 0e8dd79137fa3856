using System.Text;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>Recorded answers of the design's folder, where that is beside the checkout: a line is an event, a .json file a body.</summary>
internal sealed record Recordings(string Name, string Provider, Operation Operation, string MediaType, byte[] Answer)
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Artifacts.RepositoryRoot, "../shared/data/recordings"));

    public static bool AreThere => Directory.Exists(Folder);

    public static void SkipIfAbsent() =>
        Assert.SkipUnless(AreThere, "No recordings lie beside this checkout; the fixtures in the tests are read all the same.");

    public static IEnumerable<Recordings> All()
    {
        foreach (var path in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            yield return Of(Path.GetRelativePath(Folder, path));
    }

    public static Recordings Of(string name)
    {
        var path = Path.Combine(Folder, name);
        var lines = File.ReadAllLines(path);
        var isStream = name.EndsWith(".chunks.txt", StringComparison.Ordinal);
        var provider = name.Split('/')[0] switch
        {
            "openai-compatible" => "xai",
            "amazon-bedrock" => "bedrock",
            var folder => folder,
        };
        var operation = OperationOf(provider, name, File.ReadAllText(path));
        var ending = provider is "anthropic" or "google" or "cohere" || operation == Operation.Responses ? "" : "data: [DONE]\n\n";
        var events = lines.Where(line => line.Length > 0).Select(line => $"data: {line}\n\n").Append(ending);
        return isStream
            ? new(name, provider, operation, Metered.Sse, Encoding.UTF8.GetBytes(string.Concat(events)))
            : new(name, provider, operation, Metered.Json, File.ReadAllBytes(path));
    }

    private static Operation OperationOf(string provider, string name, string text) => provider switch
    {
        "anthropic" => Operation.Messages,
        "google" => Operation.StreamGenerateContent,
        _ when name.Contains("transcription", StringComparison.Ordinal) => Operation.Transcriptions,
        _ when name.Contains("image-edit", StringComparison.Ordinal) => Operation.ImageEdits,
        _ when name.Contains("embedding", StringComparison.Ordinal) => Operation.Embeddings,
        _ when text.Contains("\"choices\"", StringComparison.Ordinal) => Operation.Chat,
        _ when text.Contains("\"response", StringComparison.Ordinal) => Operation.Responses,
        _ => Operation.Chat,
    };
}
