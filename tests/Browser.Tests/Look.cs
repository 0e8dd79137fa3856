namespace KeyPass.Browser.Tests;

/// <summary>What is wrong with what is on screen, place by place: for who uses a screen reader or a keyboard, sees less contrast, has little width.</summary>
internal sealed class Look(Visit visit)
{
    public List<string> Faults { get; } = [];

    public async Task AtAsync(string place)
    {
        Faults.AddRange((await visit.AccessibilityFaultsAsync()).Select(fault => $"{place}: {fault}"));
        if (await visit.ScrollsSidewaysAsync())
            Faults.Add($"{place}: scrolls sideways");
    }

    /// <summary>A question that a button asks, and how it is closed again.</summary>
    public async Task AskAsync(Person person, string button, string then)
    {
        await person.PressAsync(button);
        await AtAsync(button);
        await person.PressAsync(then);
    }
}
