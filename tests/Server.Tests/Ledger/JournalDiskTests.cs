using KeyPass.Server.Ledger;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>On a disk that is full no call begins, and none that ended is forgotten.</summary>
public sealed class JournalDiskTests : IAsyncDisposable
{
    private const int SegmentBytes = 128 * 1024;
    private readonly string _disk = Notes.NewFolder();
    private bool _isMounted;

    [Fact]
    public async Task On_a_full_disk_calls_are_refused_until_there_is_room_and_the_former_records_stand()
    {
        await MountAsync();
        using (var journal = Journal.Open(_disk, Notes.First, Notes.Boot, SegmentBytes))
        {
            var entries = new List<JournalEntry>();
            void Fill()
            {
                while (true)
                    entries.Add(journal.Put(entries.Count, size: 700));
            }
            Assert.Throws<JournalUnwritable>(Fill);
            Assert.True(entries.Count > 500);
            Assert.False(journal.Replace(entries[^1], Notes.Numbered("ended", 0, size: 700)));
            using (var copy = Notes.FindCopy(_disk))
            {
                Assert.Null(copy.WhyNot);
                Assert.Equal(entries.Count, copy.Records.Count);
                Assert.All(Notes.TextsOf(copy), text => Assert.StartsWith("open", text, StringComparison.Ordinal));
            }

            // The calls end and reach the ledger without it.
            entries.ForEach(journal.Done);
            for (var number = 10_000; number < 12_000; number++)
                journal.End(journal.Put(number, size: 700), number);
            journal.Put(1);
        }

        var (isWhole, texts, whyNot) = Notes.Find(_disk);
        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Contains("open 1", texts);
    }

    [Fact]
    public async Task A_disk_that_others_fill_takes_nothing_of_the_room_that_a_segment_has()
    {
        await MountAsync();
        using (var journal = Journal.Open(_disk, Notes.First, Notes.Boot, SegmentBytes))
        {
            journal.Put(1);
            Assert.Throws<IOException>(() => File.WriteAllBytes(Path.Combine(_disk, "filler"), new byte[2 * 1024 * 1024]));

            // To the last page of the segment, and no further.
            for (var number = 2; number <= 6; number++)
                journal.Put(number, size: 20_000);
            Assert.Throws<JournalUnwritable>(() => journal.Put(7, size: 40_000));
            journal.Put(8);
        }

        var (isWhole, texts, whyNot) = Notes.Find(_disk);

        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Equal(["open 1", "open 2", "open 3", "open 4", "open 5", "open 6", "open 8"], texts);
    }

    [Fact]
    public async Task Without_room_for_its_first_segment_no_journal_is_opened()
    {
        await MountAsync();

        Assert.Throws<JournalUnwritable>(() => Journal.Open(_disk, Notes.First, Notes.Boot, segmentBytes: 8 * 1024 * 1024));

        Assert.Empty(AbandonedJournal.TakeAll(_disk, Notes.Boot));
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
            await RunAsync("umount", _disk);
    }

    private async Task MountAsync()
    {
        Assert.SkipUnless(Posix.IsRoot, "only root can make a disk of one megabyte");
        var mounted = await Command.RunAsync("mount", ["-t", "tmpfs", "-o", "size=1m", "keypass-test", _disk], asUser: null, TimeSpan.FromSeconds(10));
        Assert.SkipUnless(mounted.Succeeded, $"this machine mounts no disk of one megabyte: {mounted.LastLine}");
        _isMounted = true;
    }

    private static async Task RunAsync(string program, params string[] words)
    {
        var outcome = await Command.RunAsync(program, words, asUser: null, TimeSpan.FromSeconds(10));
        Assert.True(outcome.Succeeded, outcome.Output);
    }
}
