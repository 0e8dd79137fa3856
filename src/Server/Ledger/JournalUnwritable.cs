namespace KeyPass.Server.Ledger;

/// <summary>The disk is full, or broken: nothing was noted.</summary>
internal sealed class JournalUnwritable(Exception reason) : IOException($"The journal cannot be written: {reason.Message}", reason)
{
    /// <summary>What .NET throws where the kernel says no to a write; out of range is its word for a file that may not grow (EFBIG).</summary>
    public static bool Because(Exception failure) => failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;
}
