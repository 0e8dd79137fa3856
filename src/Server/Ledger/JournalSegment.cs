namespace KeyPass.Server.Ledger;

/// <summary>One file of a journal, and which entries have their newest record in it: without any, it may go.</summary>
internal sealed class JournalSegment(ulong number, string path)
{
    private int _replaced;

    public ulong Number => number;

    public string Path => path;

    /// <summary>The head of the list of those that were never replaced.</summary>
    public JournalEntry? FirstOpen { get; private set; }

    public bool IsNeeded => FirstOpen is not null || _replaced > 0;

    /// <summary>What needs it can be written again at the end of the journal.</summary>
    public bool IsCarriable => _replaced == 0;

    public void Hold(JournalEntry entry)
    {
        entry.Segment = this;
        if (entry.Bytes is null)
        {
            _replaced++;
            return;
        }
        entry.Next = FirstOpen;
        if (FirstOpen is not null)
            FirstOpen.Previous = entry;
        FirstOpen = entry;
    }

    public void LetGo(JournalEntry entry)
    {
        entry.Segment = null;
        if (entry.Bytes is null)
        {
            _replaced--;
            return;
        }
        if (entry.Previous is null)
            FirstOpen = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is not null)
            entry.Next.Previous = entry.Previous;
        (entry.Previous, entry.Next) = (null, null);
    }
}
