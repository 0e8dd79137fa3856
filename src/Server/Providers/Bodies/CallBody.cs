using System.Diagnostics.CodeAnalysis;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Providers;

/// <summary>
/// What one strict look at the JSON of a call finds. The bytes themselves go on as they came, so nothing may stand in them that we read
/// one way and a provider another.
/// </summary>
internal sealed class CallBody
{
    private static readonly byte[] True = [.. "true"u8];
    private static readonly byte[] Options = [.. """{"include_usage":true}"""u8];

    /// <summary>Null where the body names none: some routes name it in the path.</summary>
    public string? Model { get; init; }

    /// <summary>Further models that the body names: the scope and the bound hold for each of them.</summary>
    public required IReadOnlyList<string> OtherModels { get; init; }

    public bool Stream { get; init; }

    /// <summary>The client itself asked for the usage of its stream.</summary>
    public bool AsksForUsage { get; init; }

    /// <summary>What the price needs and the answer does not say.</summary>
    public Asked Asked { get; init; }

    /// <summary>The member that names something stored in the provider account; null where none does.</summary>
    public string? Stored { get; init; }

    public required StreamOptions StreamOptions { get; init; }

    /// <summary>What decides how much the call can cost.</summary>
    public CostSigns Signs { get; init; }

    /// <summary>One look at a whole body, up to 32 MB; false where something is wrong with it.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> json, Operation operation, [NotNullWhen(true)] out CallBody? body, [NotNullWhen(false)] out BodyProblem? problem)
    {
        var scan = new CallBodyScan(json, operation);
        try
        {
            problem = scan.Run();
            body = problem is null ? scan.Found() : null;
            return problem is null;
        }
        finally
        {
            scan.Dispose();
        }
    }

    /// <summary>The change that makes the provider tell the usage of a stream; null where there is no stream, or the client asked already.</summary>
    public Splice? AskForUsage()
    {
        if (!Stream || AsksForUsage)
            return null;
        var (found, at, length) = StreamOptions;
        return found switch
        {
            // A body that says "stream" has a member before which this can stand.
            StreamOptions.What.Nothing => new Splice(at, 0, [.. "\"stream_options\":"u8, .. Options, .. ","u8]),
            StreamOptions.What.Null => new Splice(at, length, Options),
            StreamOptions.What.Flag => new Splice(at, length, True),
            StreamOptions.What.Empty => new Splice(at, 0, [.. "\"include_usage\":true"u8]),
            StreamOptions.What.Filled => new Splice(at, 0, [.. "\"include_usage\":true,"u8]),
            _ => throw new InvalidOperationException($"{found} is no state of stream_options"),
        };
    }
}
