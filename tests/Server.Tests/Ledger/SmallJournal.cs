using KeyPass.Server.Ledger;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>A journal of three short segments, and what it gives back.</summary>
internal static class SmallJournal
{
    public const int SegmentBytes = 512;

    /// <summary>What any state of it may give back.</summary>
    public static readonly string[] Everything = ["open 1", "open 2", "ended 1", "open 3", "open 4", "ended 3", "open 5", "ended 5"];
    public static readonly string[] Newest = ["open 2", "ended 1", "open 4", "ended 3", "ended 5"];

    public static string Small()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
        {
            var one = journal.Put(1, size: 50);
            journal.Put(2, size: 50);
            Assert.True(journal.Replace(one, Notes.Numbered("ended", 1, size: 50)));
            var three = journal.Put(3, size: 100);
            journal.Put(4, size: 100);
            Assert.True(journal.Replace(three, Notes.Text("ended 3")));
            var five = journal.Put(5, size: 100);
            Assert.True(journal.Replace(five, Notes.Text("ended 5")));
        }
        Assert.Equal(3, Notes.Segments(folder).Length);
        Whole(folder);
        return folder;
    }

    public static void Whole(string folder)
    {
        var (isWhole, texts, whyNot) = Notes.Find(folder);
        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Equal(Newest, texts);
    }

    /// <summary>Where the newest segment ends: what lies behind it is nobody's.</summary>
    public static int EndOf(byte[] newest) => newest.AsSpan().LastIndexOfAnyExcept((byte)0) - MarkTail + JournalRecord.HeadBytes;

    /// <summary>The kind is the last byte of a mark that is not zero.</summary>
    public const int MarkTail = 16;

    public static string[] NotWhole(string folder, string because)
    {
        var (isWhole, texts, whyNot) = Notes.Find(folder);
        Assert.False(isWhole, because);
        Assert.NotNull(whyNot);
        Assert.Subset(Everything.ToHashSet(), texts.ToHashSet());
        return texts;
    }
}
