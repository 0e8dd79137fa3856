using System.Text.Json;

namespace KeyPass.Conformance;

/// <summary>The refusals that a program can run into, ours and the provider's.</summary>
internal static class Noes
{
    public const string UnknownKey = "an unknown key";
    public const string RevokedKey = "a revoked key";
    public const string OtherModel = "a model that is not allowed";
    public const string RefusedProviderKey = "a provider that does not take its key";

    /// <summary>May be gone in a second: tried again as often as any failure.</summary>
    public const string DeadProvider = "a provider that hangs up";

    /// <param name="theirs">How the provider refuses its key.</param>
    public static async Task<Outcome> AskAsync(ConformanceRun run, ISdk sdk, string no, string name, string suffix, string theirs)
    {
        if (no == DeadProvider)
            run.PlaysDead();
        else
            run.Plays([Replay.Of(theirs)], () => int.MaxValue);
        var secret = no switch
        {
            UnknownKey => ConformanceRun.UnknownKey(),
            RevokedKey => await run.RevokedKeyAsync(),
            OtherModel => await run.NewKeyAsync(new { models = new[] { "something-else" } }),
            _ => run.VirtualKey,
        };
        var outcome = await sdk.RunAsync(name, run.ServerAddress + suffix, secret);
        if (no is not (RefusedProviderKey or DeadProvider))
            Assert.Empty(run.Asked());
        return outcome;
    }

    public static void AssertOurs(Outcome outcome, string type, int status, string code, int hits)
    {
        var raised = Assert.IsType<Raised>(outcome.Raised);
        Assert.Equal((type, status), (raised.Type, raised.Status));
        Assert.Equal(hits, outcome.Hits.Count);
        var last = outcome.Hits[^1];
        // In whichever place the SDK keeps it: its own, or the body as it came.
        Assert.Contains(code, raised.Code + raised.Body + raised.Message, StringComparison.Ordinal);
        if (last.Body is not null)
            Assert.Contains(MessageOf(last.Body), JsonUnescaped(raised.Message), StringComparison.Ordinal);
        var ours = last.Headers["x-keypass-request-id"];
        Assert.Contains(ours, raised.RequestId ?? raised.Body + raised.Message, StringComparison.Ordinal);
    }

    public static async Task AssertTheirsAsync(ConformanceRun run, ISdk sdk, string name, string suffix, string answer, string type, int hits)
    {
        var outcome = await Unfelt.AssertAsync(run, sdk, name, suffix, Replay.Of(answer));
        Assert.Equal((type, Replay.Of(answer).Status), (outcome.Raised?.Type, outcome.Raised?.Status));
        Assert.Equal(hits, outcome.Hits.Count);
    }

    /// <summary>Each dialect has it in the same place.</summary>
    private static string MessageOf(byte[] body) => JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("message").GetString()!;

    /// <summary>Some SDKs give the whole body as their message.</summary>
    private static string JsonUnescaped(string message) => message.Replace("\\\"", "\"", StringComparison.Ordinal);
}
