namespace KeyPass.Server.Receipts;

/// <param name="RetentionDays">Receipts older than that are dropped, a day at a time.</param>
internal sealed record ReceiptSettings(int RetentionDays)
{
    /// <summary>A year and a month, so that a month can be compared with the same one a year before.</summary>
    public const int UsualDays = 400;
}
