namespace KeyPass.Server.Sealing;

/// <summary>
/// Something could not be opened, or may not be sealed. The only exception this folder throws for bytes from outside, and on
/// purpose without a word about which check failed: that answer helps only someone who is guessing. Which stored row it was,
/// where it was one, is for the operator's log.
/// </summary>
internal sealed class SealBroken(string? table = null, Guid? row = null) : Exception("The sealed value could not be opened.")
{
    public string? Table { get; } = table;

    public Guid? Row { get; } = row;
}
