using System.Globalization;
using System.Text;
using KeyPass.Server.Ledger;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>What the tests of the journal put into one, and how they get it back.</summary>
internal static class Notes
{
    public const string Boot = "3f0c2b52-9a53-4d0a-8a39-0a8f5f0a7c11";

    public static readonly Guid First = new("0198c0de-0000-7000-8000-00000000000a");
    public static readonly Guid Second = new("0198c0de-0000-7000-8000-00000000000b");

    public static string NewFolder() => Artifacts.NewFolder("journal");

    public static string Home(string folder) => Path.Combine(folder, First.ToString());

    public static string[] Segments(string folder) => [.. Directory.GetFiles(Home(folder), "*.segment").Order(StringComparer.Ordinal)];

    public static Guid Id(int number) => new(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Numbered(string text, int number, int size = 0) =>
        Text(string.Create(CultureInfo.InvariantCulture, $"{text} {number}").PadRight(size, '.'));

    public static JournalEntry Put(this Journal journal, int number, int size = 0) => journal.Put(Id(number), Numbered("open", number, size));

    public static void End(this Journal journal, JournalEntry entry, int number, int size = 0)
    {
        Assert.True(journal.Replace(entry, Numbered("ended", number, size)));
        journal.Done(entry);
    }

    public static string[] TextsOf(AbandonedJournal journal) => [.. journal.Records.Select(record => Encoding.UTF8.GetString(record).TrimEnd('.'))];

    /// <summary>What the next start of the server finds.</summary>
    public static (bool IsWhole, string[] Texts, string? WhyNot) Find(string folder, string boot = Boot)
    {
        using var found = Assert.Single(AbandonedJournal.TakeAll(folder, boot));
        return (found.IsWhole, TextsOf(found), found.WhyNot);
    }

    /// <summary>What it would find now, in the place of the living process.</summary>
    public static AbandonedJournal FindCopy(string folder)
    {
        var copy = NewFolder();
        Directory.CreateDirectory(Home(copy));
        File.WriteAllText(Path.Combine(Home(copy), "lock"), "");
        foreach (var path in Segments(folder))
            File.Copy(path, Path.Combine(Home(copy), Path.GetFileName(path)));
        return Assert.Single(AbandonedJournal.TakeAll(copy, Boot));
    }
}
