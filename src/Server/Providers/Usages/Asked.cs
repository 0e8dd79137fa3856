namespace KeyPass.Server.Providers;

/// <summary>What only the request says, and the answer's price needs.</summary>
/// <param name="Characters">Of the text to speak.</param>
/// <param name="LongCache">Whether a prompt cache of an hour was asked for.</param>
internal readonly record struct Asked(long Characters, bool LongCache);
