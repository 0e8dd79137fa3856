namespace KeyPass.Server.Sealing;

/// <summary>The ring's file is missing, open to others or damaged, or what was asked of the ring is refused. The message is for the operator.</summary>
internal sealed class RingUnusable(string sentence) : Exception(sentence);
