using KeyPass.Server.Ledger;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>What a journal keeps, and that it keeps it for the next start alone.</summary>
public class JournalTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void Of_each_call_the_next_start_finds_the_newest_record()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot))
        {
            var one = journal.Put(1);
            journal.Put(2);
            var three = journal.Put(Notes.Id(3), []);
            Assert.True(journal.Replace(one, Notes.Text("ended 1")));
            Assert.True(journal.Replace(three, Notes.Text("ended 3")));
            Assert.True(journal.Replace(one, Notes.Text("drained 1")));
            Assert.False(journal.TryEnd());
        }

        var (isWhole, texts, whyNot) = Notes.Find(folder);

        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Equal(["open 2", "ended 3", "drained 1"], texts);
    }

    [Fact]
    public void A_process_that_noted_nothing_leaves_a_whole_journal_without_records()
    {
        var folder = Notes.NewFolder();
        Journal.Open(folder, Notes.First, Notes.Boot).Dispose();

        var (isWhole, texts, _) = Notes.Find(folder);

        Assert.True(isWhole);
        Assert.Empty(texts);
    }

    [Fact]
    public void After_a_clean_end_nothing_is_there()
    {
        var folder = Notes.NewFolder();
        using var journal = Journal.Open(folder, Notes.First, Notes.Boot);
        var one = journal.Put(1);
        Assert.Throws<InvalidOperationException>(journal.Delete);
        journal.End(one, 1);
        journal.Done(one);
        Assert.True(journal.TryEnd());
        Assert.Throws<InvalidOperationException>(() => journal.Replace(one, Notes.Text("too late")));

        journal.Delete();

        Assert.Empty(AbandonedJournal.TakeAll(folder, Notes.Boot));
        Assert.Empty(Directory.GetDirectories(folder));
    }

    [Fact]
    public void What_is_in_the_ledger_is_deleted_and_not_found_again()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot))
            journal.Put(1);
        using (var found = Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot)))
            Assert.Single(found.Records); // the ledger is away: it is let go, and found again
        using (var found = Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot)))
        {
            Assert.Single(found.Records);
            found.Delete();
        }

        Assert.Empty(AbandonedJournal.TakeAll(folder, Notes.Boot));
        Assert.Empty(Directory.GetDirectories(folder));
    }

    [Fact]
    public void Nobody_but_its_user_reaches_a_journal()
    {
        var folder = Path.Combine(Notes.NewFolder(), "made", "here");
        using var journal = Journal.Open(folder, Notes.First, Notes.Boot, segmentBytes: 1024);
        for (var number = 0; number < 100; number++)
            journal.Put(number);

        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(Owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Notes.Home(folder)));
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.True(files.Length > 5);
        Assert.All(files, file => Assert.Equal(Owner, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void A_record_of_256_KB_is_kept_and_a_larger_one_refused_before_anything_is_written()
    {
        var folder = Notes.NewFolder();
        var largest = new byte[Journal.MostRecordBytes];
        largest.AsSpan().Fill(0xa5);
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot))
        {
            var entries = Enumerable.Range(0, 40).Select(number => journal.Put(Notes.Id(number), largest)).ToList();
            Assert.Throws<ArgumentException>(() => journal.Put(Notes.Id(100), new byte[Journal.MostRecordBytes + 1]));
            Assert.Throws<ArgumentException>(() => journal.Replace(entries[0], new byte[Journal.MostRecordBytes + 1]));
            Assert.True(journal.Replace(entries[1], [1]));
        }

        using var found = Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot));

        Assert.True(found.IsWhole);
        Assert.Equal(40, found.Records.Count);
        Assert.Equal(39, found.Records.Count(record => record.AsSpan().SequenceEqual(largest)));
        Assert.Equal([1], found.Records[^1]);
    }

    [Fact]
    public void A_process_that_went_on_under_other_incarnations_is_known_by_all_of_them_however_long_ago_that_was()
    {
        var folder = Notes.NewFolder();
        var third = Notes.Id(3);
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, segmentBytes: 1024))
        {
            journal.Adopt(Notes.Second);
            for (var number = 0; number < 500; number++)
                journal.End(journal.Put(number), number);
            journal.Adopt(third);
            Assert.True(journal.TryEnd());
            Assert.True(Notes.Segments(folder).Length < 10);
        }

        using var found = Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot));

        Assert.True(found.IsWhole);
        Assert.Equal(Notes.First, found.Incarnations[0]);
        Assert.Equal(new[] { Notes.First, Notes.Second, third }.Order(), found.Incarnations.Order());
    }

    [Fact]
    public void An_incarnation_has_one_journal()
    {
        var folder = Notes.NewFolder();
        using var journal = Journal.Open(folder, Notes.First, Notes.Boot);

        Assert.Throws<IOException>(() => Journal.Open(folder, Notes.First, Notes.Boot));

        journal.Put(1);
        Assert.Single(Directory.GetDirectories(folder));
    }

    [Fact]
    public void Twenty_thousand_calls_at_once_are_all_found_again()
    {
        const int calls = 20_000;
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot))
        {
            var entries = Enumerable.Range(0, calls).Select(number => journal.Put(number, size: 700)).ToList();
            for (var number = 0; number < calls; number += 2)
                Assert.True(journal.Replace(entries[number], Notes.Numbered("ended", number)));
        }

        var (isWhole, texts, _) = Notes.Find(folder);

        Assert.True(isWhole);
        Assert.Equal(
            Enumerable.Range(0, calls).Select(number => number % 2 == 0 ? $"ended {number}" : $"open {number}").Order(),
            texts.Order());
    }

    [Fact]
    public async Task Eight_threads_write_at_once_and_everything_is_found_again()
    {
        const int threads = 8;
        const int each = 3_000;
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, segmentBytes: 64 * 1024))
            await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(() =>
            {
                for (var number = thread; number < threads * each; number += threads)
                {
                    var entry = journal.Put(number, size: 10 + number % 300);
                    if (number % 3 > 0)
                        Assert.True(journal.Replace(entry, Notes.Numbered("ended", number)));
                    if (number % 3 > 1)
                        journal.Done(entry);
                }
            })));

        var (isWhole, texts, whyNot) = Notes.Find(folder);

        Assert.Null(whyNot);
        Assert.True(isWhole);
        var found = texts.ToHashSet();
        for (var number = 0; number < threads * each; number++)
            if (number % 3 < 2)
                Assert.Contains(number % 3 == 0 ? $"open {number}" : $"ended {number}", found);
        Assert.Equal(texts.Length, found.Count);
    }

    [Fact]
    public void The_boot_id_is_the_machines_and_one_that_is_unknown_equals_no_other()
    {
        Assert.Equal(BootId.Read(), BootId.Read());
        Assert.Equal(File.Exists("/proc/sys/kernel/random/boot_id"), BootId.AreSame(BootId.Read(), BootId.Read()));
        Assert.False(BootId.AreSame("", ""));
    }
}
