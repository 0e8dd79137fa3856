namespace KeyPass.Server.Ledger;

/// <summary>One id in a journal, from its first record until it is done. Only the journal reads and changes it, under its lock.</summary>
internal sealed class JournalEntry(RecordKind kind, Guid id, byte[] bytes)
{
    public RecordKind Kind => kind;

    public Guid Id => id;

    /// <summary>What stands in the journal, while it is open; null once it was replaced.</summary>
    public byte[]? Bytes { get; set; } = bytes;

    /// <summary>Where its newest record lies; null once it is done.</summary>
    public JournalSegment? Segment { get; set; }

    public JournalEntry? Previous { get; set; }

    public JournalEntry? Next { get; set; }
}
