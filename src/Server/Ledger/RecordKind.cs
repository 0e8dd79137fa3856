namespace KeyPass.Server.Ledger;

/// <summary>What a record of a journal is. Zero is none, so that room not yet written is no record.</summary>
internal enum RecordKind
{
    Receipt = 1,

    /// <summary>The process goes on under another incarnation, which is the record's id.</summary>
    Incarnation = 2,

    /// <summary>Stands behind the newest record; the next one is written over it. Where it is missing, so is what stood before it.</summary>
    End = 3,

    /// <summary>The end of a segment that has a successor.</summary>
    Continued = 4,
}
