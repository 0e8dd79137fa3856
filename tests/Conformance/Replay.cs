using System.Text;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Conformance;

/// <summary>An answer as a provider gives it: from a file of <c>fixtures</c>, whose name says its form and, for an error, its status.</summary>
/// <param name="BodyWithUsage">Where a caller who asks for the usage of a stream gets another one.</param>
internal sealed record Replay(byte[] Body, string MediaType, int Status = 200, byte[]? BodyWithUsage = null)
{
    public const string Events = "text/event-stream";

    /// <summary>Of a provider's headers those that callers are to see, and each vendor's name for the id of a request.</summary>
    public static IReadOnlyDictionary<string, string> Shown { get; } = new Dictionary<string, string>
    {
        ["x-request-id"] = "req_upstream", ["request-id"] = "req_upstream", ["openai-processing-ms"] = "12", ["openai-version"] = "2020-10-01",
        ["x-ratelimit-remaining-requests"] = "9", ["anthropic-ratelimit-tokens-remaining"] = "8000", ["x-groq-region"] = "fra",
    };

    /// <summary>And those that are the owner's own, or true of the provider's connection only.</summary>
    public static IReadOnlyDictionary<string, string> Hidden { get; } = new Dictionary<string, string>
    {
        ["openai-organization"] = "org-of-the-owner", ["anthropic-organization-id"] = "org-of-the-owner", ["set-cookie"] = "__cf_bm=1; path=/",
        ["alt-svc"] = "h3=\":443\"", ["strict-transport-security"] = "max-age=1", ["cf-ray"] = "1-FRA",
    };

    public static Replay Of(string name)
    {
        var path = Path.Combine(Artifacts.RepositoryRoot, "tests/Conformance/fixtures", name);
        var withUsage = Path.ChangeExtension(path, ".usage.sse");
        return new Replay(
            File.ReadAllBytes(path), name.EndsWith(".sse", StringComparison.Ordinal) ? Events : "application/json",
            int.TryParse(Path.GetFileNameWithoutExtension(path), out var status) ? status : 200,
            File.Exists(withUsage) ? File.ReadAllBytes(withUsage) : null);
    }

    /// <summary>A sound: every byte there is, in an order that no text has.</summary>
    public static Replay Sound { get; } = new([.. Enumerable.Range(0, 5_000).Select(at => (byte)(at * at + at / 7))], "audio/mpeg");

    /// <param name="asked">The body of the request.</param>
    public byte[] For(string asked) => BodyWithUsage is not null && asked.Contains("\"include_usage\":true", StringComparison.Ordinal) ? BodyWithUsage : Body;

    /// <summary>Sends it in pieces, each on its own.</summary>
    public async Task PlayAsync(HttpContext context, string asked, Func<int> cut)
    {
        var (response, body) = (context.Response, For(asked));
        response.StatusCode = Status;
        response.ContentType = MediaType;
        foreach (var (name, value) in Shown.Concat(Hidden))
            response.Headers[name] = value;
        // Short, so that a test of what is tried again is short.
        if (Status == StatusCodes.Status429TooManyRequests)
            response.Headers.RetryAfter = "1";
        else if (Status >= 500)
            response.Headers["retry-after-ms"] = "5";
        for (var at = 0; at < body.Length;)
        {
            var piece = body.AsMemory(at, Math.Min(body.Length - at, cut()));
            await response.Body.WriteAsync(piece, context.RequestAborted);
            await response.Body.FlushAsync(context.RequestAborted);
            at += piece.Length;
        }
    }

    /// <summary>The stream without the event that only tells its usage: what is left of an answer that the gateway asked it for.</summary>
    public static byte[] WithoutUsage(byte[] stream)
    {
        var events = Encoding.UTF8.GetString(stream).Split("\n\n");
        return Encoding.UTF8.GetBytes(string.Join("\n\n", events.Where(one => !one.Contains("\"choices\":[],\"usage\":{", StringComparison.Ordinal))));
    }
}
