using System.Text;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Conformance;

/// <summary>
/// One program, run twice: at the provider itself, with its key, and at KeyPass, with a virtual key. It must not see a difference, and the
/// provider none but those that <c>docs/how-to/sdks.md</c> names.
/// </summary>
internal static class Unfelt
{
    /// <summary>Named in the docs: what is true of one connection only, what a runtime says of itself, and the caller's credential.</summary>
    private static readonly string[] NotForwarded =
    [
        "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "accept-language", "sec-fetch-mode",
        "cookie", "authorization", "x-api-key", "x-goog-api-key",
    ];

    /// <summary>Asks directly once, then through KeyPass with each way of cutting the answer up.</summary>
    /// <param name="suffix">What the base address ends in, at either.</param>
    public static async Task<Outcome> AssertAsync(ConformanceRun run, ISdk sdk, string name, string suffix, params Replay[] answers)
    {
        run.Plays(answers, () => int.MaxValue);
        var direct = await sdk.RunAsync(name, run.ProviderAddress + suffix, ConformanceRun.ProviderKey);
        var asked = run.Asked();
        Assert.NotEmpty(asked);
        foreach (var cut in run.Cuts(answers.Max(answer => answer.Body.Length)))
        {
            run.Plays(answers, cut);
            var through = await sdk.RunAsync(name, run.ServerAddress + suffix, run.VirtualKey);
            Assert.Equal(direct.Raised, through.Raised);
            Assert.Equal(direct.Result, through.Result);
            AssertAsked(asked, run.Asked(), run.VirtualKey);
            AssertHits(direct.Hits, through.Hits, run.Asked(), asked, answers);
        }
        return direct;
    }

    private static void AssertAsked(IReadOnlyList<FakeProvider.Asked> direct, IReadOnlyList<FakeProvider.Asked> through, string virtualKey)
    {
        Assert.Equal(direct.Count, through.Count);
        for (var at = 0; at < direct.Count; at++)
        {
            var (expected, actual) = (direct[at], through[at]);
            Assert.Equal(expected.Line, actual.Line);
            Assert.Equal(Headers(expected), Headers(actual));
            Assert.Equal("identity", actual.Headers["accept-encoding"]);
            Assert.DoesNotContain(actual.Headers.Values, value => value.Contains(virtualKey, StringComparison.Ordinal));
            Assert.Single(actual.Headers.Values, value => value.EndsWith(ConformanceRun.ProviderKey, StringComparison.Ordinal));
            var body = WithoutBoundary(expected);
            if (IsAskedForUsage(expected, actual))
                body = "{\"stream_options\":{\"include_usage\":true}," + body[1..];
            Assert.Equal(body, WithoutBoundary(actual));
        }
    }

    private static void AssertHits(
        IReadOnlyList<Hit> direct, IReadOnlyList<Hit> through, IReadOnlyList<FakeProvider.Asked> asked, IReadOnlyList<FakeProvider.Asked> askedDirectly,
        Replay[] answers)
    {
        Assert.Equal(direct.Select(hit => hit.Status), through.Select(hit => hit.Status));
        for (var at = 0; at < through.Count; at++)
        {
            var (answer, headers) = (answers[Math.Min(at, answers.Length - 1)], through[at].Headers);
            var body = answer.For(asked[at].Text);
            if (IsAskedForUsage(askedDirectly[at], asked[at]))
                body = Replay.WithoutUsage(body);
            if (through[at].Body is { } came)
                Assert.Equal(Encoding.Latin1.GetString(body), Encoding.Latin1.GetString(came));
            Assert.Equal(answer.MediaType, headers["content-type"]);
            Assert.StartsWith("req_", headers["x-keypass-request-id"], StringComparison.Ordinal);
            foreach (var (name, value) in Replay.Shown)
                Assert.Equal(value, headers[name]);
            foreach (var name in Replay.Hidden.Keys)
                Assert.DoesNotContain(name, headers.Keys);
        }
    }

    /// <summary>In the caller's place: a chat that streams tells its usage only to who asks for it.</summary>
    private static bool IsAskedForUsage(FakeProvider.Asked direct, FakeProvider.Asked through) =>
        through.Text.Contains("include_usage", StringComparison.Ordinal) && !direct.Text.Contains("include_usage", StringComparison.Ordinal);

    private static IEnumerable<string> Headers(FakeProvider.Asked asked) =>
        asked.Headers.Where(header => !NotForwarded.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
            .Select(header => $"{header.Key.ToLowerInvariant()}: {(Boundary(asked) is { } boundary ? header.Value.Replace(boundary, "…") : header.Value)}")
            .Order(StringComparer.Ordinal);

    /// <summary>Each form has a boundary of its own, drawn anew.</summary>
    private static string WithoutBoundary(FakeProvider.Asked asked)
    {
        var text = Encoding.Latin1.GetString(asked.Body);
        return Boundary(asked) is { } boundary ? text.Replace(boundary, "…", StringComparison.Ordinal) : text;
    }

    private static string? Boundary(FakeProvider.Asked asked) =>
        asked.Headers.GetValueOrDefault("content-type") is { } type && type.Split("boundary=") is [_, var boundary] ? boundary.Trim('"') : null;
}
