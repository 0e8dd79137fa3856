namespace KeyPass.Conformance;

/// <summary>What every stream must do, whoever reads it.</summary>
internal static class Streams
{
    /// <summary>Longer than a script's own, so that it is told of first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>The provider keeps the rest back until the program has its first event: a gateway that gathers would wait for ever.</summary>
    public static async Task AssertFirstComesFirstAsync(ConformanceRun run, ISdk sdk, string suffix, Replay stream, string betweenEvents = "\n\n")
    {
        var (outcome, wasFirst) = await InTwoAsync(run, sdk, run.ServerAddress + suffix, run.VirtualKey, stream, betweenEvents, isWhole: true);
        Assert.True(wasFirst);
        Assert.NotNull(outcome.Result);
    }

    /// <summary>An answer that is not whole must not look so: the program is told by us as the provider would have told it.</summary>
    public static async Task AssertBreaksAsync(ConformanceRun run, ISdk sdk, string suffix, Replay stream, string betweenEvents = "\n\n")
    {
        var (direct, _) = await InTwoAsync(run, sdk, run.ProviderAddress + suffix, ConformanceRun.ProviderKey, stream, betweenEvents, isWhole: false);
        var (through, _) = await InTwoAsync(run, sdk, run.ServerAddress + suffix, run.VirtualKey, stream, betweenEvents, isWhole: false);
        Assert.NotNull(direct.Raised);
        Assert.Equal((direct.Raised.Type, direct.Raised.Message), (through.Raised?.Type, through.Raised?.Message));
    }

    private static async Task<(Outcome Outcome, bool WasFirst)> InTwoAsync(
        ConformanceRun run, ISdk sdk, string baseUrl, string secret, Replay stream, string betweenEvents, bool isWhole)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        run.PlaysInTwo(stream, betweenEvents, () => first.Task, isWhole);
        try
        {
            var outcome = await sdk.RunAsync("stream-gated", baseUrl, secret, () => first.TrySetResult()).WaitAsync(Patience);
            return (outcome, first.Task.IsCompletedSuccessfully);
        }
        finally
        {
            first.TrySetResult();
        }
    }
}
