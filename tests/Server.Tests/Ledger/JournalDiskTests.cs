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
    public async Task A_write_that_the_disk_breaks_off_leaves_nothing_behind_and_the_next_ones_are_kept()
    {
        await MountAsync();
        using (var journal = Journal.Open(_disk, Notes.First, Notes.Boot, SegmentBytes))
        {
            journal.Put(1);
            // Takes away what was reserved, and fills the disk: the next record gets as far as the second page.
            var segment = Notes.Segments(_disk).Single();
            await RunAsync("fallocate", "--punch-hole", "--offset", "4096", "--length", $"{SegmentBytes - 4096}", segment);
            var filler = Path.Combine(_disk, "filler");
            Assert.Throws<IOException>(() => File.WriteAllBytes(filler, new byte[2 * 1024 * 1024]));

            Assert.Throws<JournalUnwritable>(() => journal.Put(2, size: 20_000));
            Assert.NotEqual(0, File.ReadAllBytes(segment)[4_000]);
            Assert.Throws<JournalUnwritable>(() => journal.Put(3, size: 10_000));
            File.Delete(filler);
            journal.Put(4, size: 100);
        }

        var (isWhole, texts, whyNot) = Notes.Find(_disk);

        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Equal(["open 1", "open 4"], texts);
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
