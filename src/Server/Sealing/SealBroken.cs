namespace KeyPass.Server.Sealing;

/// <summary>
/// Something could not be opened, or may not be sealed. The only exception this folder throws for bytes from outside, and on
/// purpose without a word about which check failed: that answer helps only someone who is guessing.
/// </summary>
internal sealed class SealBroken() : Exception("The sealed value could not be opened.");
