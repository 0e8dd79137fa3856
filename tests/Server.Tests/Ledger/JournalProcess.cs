using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using KeyPass.Server.Ledger;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>
/// A process that writes a journal until it is killed, and says each step: this test program again, which then does nothing else. First it
/// starts another program, and says its number. A call's end is said when it is noted; that it is done is said before.
/// </summary>
internal static class JournalProcess
{
    private const string Variable = "KEYPASS_TEST_JOURNAL_FOLDER";

    public static Process Start(string folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(JournalProcess).Assembly.Location]) { RedirectStandardOutput = true };
        start.Environment[Variable] = folder;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    internal static void Write()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder)
            return;
        using var journal = Journal.Open(folder, Notes.First, BootId.Read(), segmentBytes: 32 * 1024);
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        using var other = Process.Start(new ProcessStartInfo("sleep", ["60"]) { RedirectStandardOutput = true })!;
        output.WriteLine(other.Id.ToString(CultureInfo.InvariantCulture));
        var entries = new Queue<(JournalEntry Entry, int Number)>();
        for (var number = 0; ; number++)
        {
            entries.Enqueue((journal.Put(number, size: 300 + number % 500), number));
            Say(output, "open", number);
            if (number % 3 == 0)
                continue;
            journal.Replace(entries.Last().Entry, Notes.Numbered("ended", number, size: 300 + number % 500));
            Say(output, "ended", number);
            while (entries.Count > 100)
            {
                var (entry, former) = entries.Dequeue();
                Say(output, "done", former);
                journal.Done(entry);
            }
        }
    }

    private static void Say(StreamWriter output, string what, int number) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {number}"));
}
