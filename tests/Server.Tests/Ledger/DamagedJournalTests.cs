using KeyPass.Server.Tests.Support;
using KeyPass.Server.Ledger;
using static KeyPass.Server.Tests.Ledger.SmallJournal;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>
/// A journal is called whole only where nothing can be missing, because what it does not say is given back as unspent; and every record in it
/// that is right is read all the same.
/// </summary>
public class DamagedJournalTests
{
    [Fact]
    public void A_journal_cut_off_at_any_place_is_not_whole()
    {
        var folder = Small();
        foreach (var path in Notes.Segments(folder))
        {
            var good = File.ReadAllBytes(path);
            for (var size = 0; size < good.Length; size++)
            {
                File.WriteAllBytes(path, good[..size]);
                NotWhole(folder, $"{Path.GetFileName(path)} cut to {size}");
            }
            File.WriteAllBytes(path, [.. good, 0]);
            NotWhole(folder, "a byte too many");
            File.WriteAllBytes(path, good);
            Whole(folder);
        }
    }

    [Fact]
    public void A_journal_whose_tail_became_zeros_from_any_place_on_is_not_whole()
    {
        var folder = Small();
        foreach (var path in Notes.Segments(folder))
        {
            var good = File.ReadAllBytes(path);
            var content = good.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            for (var size = 0; size < content; size++)
            {
                File.WriteAllBytes(path, [.. good[..size], .. new byte[good.Length - size]]);
                NotWhole(folder, $"{Path.GetFileName(path)} is zeros from {size} on");
            }
            File.WriteAllBytes(path, good);
            Whole(folder);
        }
    }

    [Fact]
    public void A_journal_with_any_bit_flipped_is_not_whole()
    {
        var folder = Small();
        var newest = Notes.Segments(folder)[^1];
        foreach (var path in Notes.Segments(folder))
        {
            var good = File.ReadAllBytes(path);
            // Behind the end of the newest lies at most what somebody was killed over.
            var content = path == newest ? EndOf(good) : good.Length;
            // In a short run one of nine: of neighbouring bytes never the same one.
            for (var bit = 0; bit < good.Length * 8; bit += Rounds.Of(9, inLongRuns: 1))
            {
                byte[] flipped = [.. good];
                flipped[bit / 8] ^= (byte)(1 << bit % 8);
                File.WriteAllBytes(path, flipped);
                if (bit / 8 >= content)
                {
                    Whole(folder);
                    continue;
                }
                // One bit spoils one record at most.
                Assert.InRange(NotWhole(folder, $"{Path.GetFileName(path)} with bit {bit} flipped").Length, Newest.Length - 1, Newest.Length);
            }
            File.WriteAllBytes(path, good);
            Whole(folder);
        }
    }

    [Fact]
    public void A_segment_that_is_missing_is_missed_be_it_the_oldest_the_newest_or_one_between()
    {
        var folder = Small();
        var paths = Notes.Segments(folder);
        Assert.Equal(3, paths.Length);
        foreach (var gone in new int[][] { [0], [1], [2], [0, 1], [1, 2], [0, 2] })
        {
            var kept = gone.Select(one => (Path: paths[one], Bytes: File.ReadAllBytes(paths[one]))).ToList();
            kept.ForEach(one => File.Delete(one.Path));
            Assert.NotEmpty(NotWhole(folder, "segments are missing"));
            kept.ForEach(one => File.WriteAllBytes(one.Path, one.Bytes));
            Whole(folder);
        }
        foreach (var path in paths)
            File.Delete(path);
        Assert.Empty(NotWhole(folder, "no segment is left"));
    }

    [Fact]
    public void A_segment_in_anothers_place_is_not_taken_for_it()
    {
        var folder = Small();
        var paths = Notes.Segments(folder);
        var good = paths.Select(File.ReadAllBytes).ToArray();
        File.WriteAllBytes(paths[1], good[0]);
        NotWhole(folder, "the first twice");
        File.WriteAllBytes(paths[1], good[2]);
        NotWhole(folder, "the last twice");
        (good[0], good[1]) = (good[1], good[0]);
        File.WriteAllBytes(paths[0], good[0]);
        File.WriteAllBytes(paths[1], good[1]);
        NotWhole(folder, "two changed places");

        // The same records under another process's name are none of this one's.
        var moved = Notes.NewFolder();
        Directory.Move(Notes.Home(Small()), Path.Combine(moved, Notes.Second.ToString()));
        using var found = Assert.Single(AbandonedJournal.TakeAll(moved, Notes.Boot));
        Assert.False(found.IsWhole);
        Assert.Empty(found.Records);
        Assert.Equal([Notes.Second], found.Incarnations);
    }

    [Fact]
    public void After_the_machine_was_started_again_no_journal_is_whole_and_its_records_are_still_read()
    {
        var folder = Small();

        foreach (var boot in new[] { "another", Notes.Boot + "1", "" })
        {
            var (isWhole, texts, whyNot) = Notes.Find(folder, boot);
            Assert.False(isWhole);
            Assert.Equal("the machine was started again since", whyNot);
            Assert.Equal(Newest, texts);
        }
        var unknown = Notes.NewFolder();
        Journal.Open(unknown, Notes.First, bootId: "").Dispose();
        Assert.False(Notes.Find(unknown, boot: "").IsWhole);
    }

    [Fact]
    public void Half_a_record_at_the_end_spoils_the_wholeness_and_no_other_record()
    {
        var folder = Small();
        var path = Notes.Segments(folder)[^1];
        var good = File.ReadAllBytes(path);
        // The last record was written over the mark of the end before it: killed after any of its bytes.
        var end = good.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var start = good.AsSpan().IndexOf(Notes.Text("ended 5")) - JournalRecord.HeadBytes;
        for (var written = 1; written < end - start; written++)
        {
            byte[] torn = [.. good[..(start + written)], .. new byte[good.Length - start - written]];
            File.WriteAllBytes(path, torn);
            var texts = NotWhole(folder, $"{written} bytes of the last write");
            Assert.Equal(["open 2", "ended 1", "open 4", "ended 3"], texts[..4]);
        }
    }

    [Fact]
    public void Killed_while_a_record_is_written_a_journal_is_whole_without_it()
    {
        var folder = Small();
        var path = Notes.Segments(folder)[^1];
        var good = File.ReadAllBytes(path);
        var end = good.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var bytes = good.AsSpan().IndexOf(Notes.Text("ended 5"));
        var start = bytes - JournalRecord.HeadBytes;
        Assert.True(JournalRecord.TryRead(good.AsSpan(start), JournalRecord.SeedOf(Notes.First), out var record));
        var sequence = record.Sequence;
        // Its bytes and the mark behind them come first; only then its head, over the mark that was the end.
        for (var written = bytes; written <= good.Length; written = written < end ? written + 1 : good.Length + 1)
        {
            byte[] torn = [.. good[..written], .. new byte[good.Length - written]];
            JournalRecord.WriteHead(torn.AsSpan(start), JournalRecord.SeedOf(Notes.First), RecordKind.End, sequence, Guid.Empty, []);
            File.WriteAllBytes(path, torn);
            var (isWhole, texts, whyNot) = Notes.Find(folder);
            Assert.Null(whyNot);
            Assert.True(isWhole);
            Assert.Equal(["open 2", "ended 1", "open 4", "ended 3", "open 5"], texts);
        }
    }

    [Fact]
    public void A_record_behind_the_mark_of_the_end_spoils_the_wholeness()
    {
        var folder = Small();
        var path = Notes.Segments(folder)[^1];
        var bytes = File.ReadAllBytes(path);
        var start = bytes.AsSpan().IndexOf(Notes.Text("open 5")) - JournalRecord.HeadBytes;
        Assert.True(JournalRecord.TryRead(bytes.AsSpan(start), JournalRecord.SeedOf(Notes.First), out var record));
        // As if the disk had brought back what stood there before the newest two were written.
        JournalRecord.WriteHead(bytes.AsSpan(start), JournalRecord.SeedOf(Notes.First), RecordKind.End, record.Sequence, Guid.Empty, []);
        File.WriteAllBytes(path, bytes);

        NotWhole(folder, "a record behind the end");
    }

    [Fact]
    public void Killed_between_two_segments_a_journal_is_whole_as_long_as_the_newer_one_is_empty()
    {
        var folder = Small();
        var paths = Notes.Segments(folder);
        var last = File.ReadAllBytes(paths[^1]);
        var oneBefore = File.ReadAllBytes(paths[^2]);
        var seed = JournalRecord.SeedOf(Notes.First);
        // As it was before its first record, and as the older one was before it knew of the newer.
        var header = SegmentHeader.Read(last, seed)!.Value;
        var empty = new byte[last.Length];
        header.Write(empty, seed);
        JournalRecord.WriteHead(empty.AsSpan(SegmentHeader.Bytes), seed, RecordKind.End, header.FirstSequence, Guid.Empty, []);
        byte[] unaware = [.. oneBefore];
        var mark = unaware.AsSpan().LastIndexOfAnyExcept((byte)0) - MarkTail;
        JournalRecord.WriteHead(unaware.AsSpan(mark), seed, RecordKind.End, header.FirstSequence, Guid.Empty, []);

        File.WriteAllBytes(paths[^1], empty);
        Assert.True(Notes.Find(folder).IsWhole);
        File.WriteAllBytes(paths[^2], unaware);
        Assert.True(Notes.Find(folder).IsWhole);
        File.WriteAllBytes(paths[^1] + ".new", new byte[100]);
        Assert.True(Notes.Find(folder).IsWhole);
        File.WriteAllBytes(paths[^1], last);
        NotWhole(folder, "the newer one has records");
        File.Delete(paths[^1]);
        Assert.True(Notes.Find(folder).IsWhole);
    }

    [Fact]
    public void Segments_that_were_to_be_deleted_and_are_still_there_change_nothing()
    {
        var folder = Notes.NewFolder();
        var opened = new SortedDictionary<string, FileStream>(StringComparer.Ordinal);
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
            for (var number = 0; number < 20; number++)
            {
                journal.End(journal.Put(number), number);
                foreach (var path in Notes.Segments(folder).Where(path => !opened.ContainsKey(path)))
                    opened[path] = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            }
        Assert.True(Notes.Find(folder).IsWhole);
        var gone = opened.Where(one => !File.Exists(one.Key)).ToList();
        Assert.True(gone.Count > 2);

        foreach (var (path, file) in gone)
        {
            using (var left = File.Create(path))
                file.CopyTo(left);
            var (isWhole, texts, whyNot) = Notes.Find(folder);
            Assert.Null(whyNot);
            Assert.True(isWhole);
            Assert.Contains("ended 19", texts);
        }
        foreach (var file in opened.Values)
            file.Dispose();
    }
}
