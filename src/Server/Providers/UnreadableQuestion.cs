namespace KeyPass.Server.Providers;

/// <summary>A key that says nothing to anybody: it is answered here.</summary>
internal sealed class UnreadableQuestion(string name) : KeyQuestion(name)
{
    protected override void Wipe()
    {
    }

    protected override Task<KeyTest> AskAsync(CancellationToken patience) => Task.FromResult(KeyTest.Unreadable(Name));
}
