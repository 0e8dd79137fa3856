namespace KeyPass.Server.Ledger;

/// <summary>
/// Tells one start of the machine from the next: what was written but not flushed survives the death of a process, not that of the kernel.
/// </summary>
internal static class BootId
{
    /// <summary>Empty where the machine has none; that equals no other, not even itself.</summary>
    public static string Read()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    public static bool AreSame(string one, string other) => one.Length > 0 && one == other;
}
