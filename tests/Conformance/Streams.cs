namespace KeyPass.Conformance;

/// <summary>What every stream must do, whoever reads it.</summary>
internal static class Streams
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The provider keeps the rest back until the program has its first event: a gateway that gathers would wait for ever.</summary>
    public static async Task AssertFirstComesFirstAsync(ConformanceRun run, ISdk sdk, string suffix, Replay stream, string betweenEvents = "\n\n")
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        run.PlaysGated(stream, betweenEvents, rest.Task);
        try
        {
            var outcome = await sdk.RunAsync("stream-gated", run.ServerAddress + suffix, run.VirtualKey, () => rest.TrySetResult()).WaitAsync(Patience);
            Assert.True(rest.Task.IsCompletedSuccessfully);
            Assert.NotNull(outcome.Result);
        }
        finally
        {
            rest.TrySetResult();
        }
    }
}
