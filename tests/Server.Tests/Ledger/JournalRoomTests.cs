using KeyPass.Server.Ledger;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>A journal takes the room of what it must keep, however much has passed through it.</summary>
public class JournalRoomTests
{
    private const int SegmentBytes = 4096;

    [Fact]
    public void What_is_done_leaves_no_segment_behind()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
            for (var number = 0; number < 2_000; number++)
            {
                journal.End(journal.Put(number, size: 100), number);
                Assert.True(Notes.Segments(folder).Length <= 2);
            }

        Assert.True(Notes.Find(folder).IsWhole);
    }

    [Fact]
    public void A_call_that_runs_for_an_hour_keeps_its_own_record_and_not_the_hours_segments()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
        {
            var (long1, _) = (journal.Put(100_001), journal.Put(100_002));
            for (var number = 0; number < 5_000; number++)
            {
                var entry = journal.Put(number, size: 100);
                if (number == 2_000)
                    Assert.True(journal.Replace(long1, Notes.Text("ended 100001")));
                if (number == 3_000)
                    journal.Done(long1);
                journal.End(entry, number);
                if (number is < 2_000 or > 3_500)
                    Assert.True(Notes.Segments(folder).Length < 8);
            }
        }

        var (isWhole, texts, whyNot) = Notes.Find(folder);

        Assert.Null(whyNot);
        Assert.True(isWhole);
        Assert.Contains("open 100002", texts);
        Assert.DoesNotContain("open 100001", texts);
    }

    [Fact]
    public void Many_long_calls_among_many_short_ones_take_a_few_times_their_own_room()
    {
        var folder = Notes.NewFolder();
        var open = new List<(JournalEntry Entry, int Number)>();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
        {
            for (var number = 0; number < 20_000; number++)
            {
                open.Add((journal.Put(number, size: 100), number));
                // Every tenth stays for long, the others for a moment.
                var leaving = open.FindIndex(one => one.Number % 10 > 0);
                if (leaving >= 0 && open.Count > 3)
                {
                    journal.End(open[leaving].Entry, open[leaving].Number);
                    open.RemoveAt(leaving);
                }
                if (open.Count > 400)
                {
                    journal.End(open[0].Entry, open[0].Number);
                    open.RemoveAt(0);
                }
            }
            // 400 records of 136 bytes are 14 segments.
            Assert.InRange(Notes.Segments(folder).Length, 14, 14 * 3 + 8);
        }

        var (isWhole, texts, _) = Notes.Find(folder);

        Assert.True(isWhole);
        Assert.Equal(open.Select(one => $"open {one.Number}").Order(), texts.Where(text => text.StartsWith("open", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void While_the_database_is_away_what_ended_stays_and_when_it_is_back_its_room_is_free()
    {
        var folder = Notes.NewFolder();
        using (var journal = Journal.Open(folder, Notes.First, Notes.Boot, SegmentBytes))
        {
            var waiting = new List<JournalEntry>();
            var running = journal.Put(100_000);
            for (var number = 0; number < 1_000; number++)
            {
                waiting.Add(journal.Put(number, size: 100));
                Assert.True(journal.Replace(waiting[^1], Notes.Numbered("ended", number)));
            }
            using (var copy = Notes.FindCopy(folder))
                Assert.Equal(1_001, copy.Records.Count);
            waiting.ForEach(journal.Done);
            for (var number = 2_000; number < 2_500; number++)
                journal.End(journal.Put(number, size: 100), number);
            Assert.True(Notes.Segments(folder).Length < 8);
            journal.End(running, 100_000);
            journal.Delete();
        }

        Assert.Empty(Directory.GetDirectories(folder));
    }

    [Fact]
    public void At_every_moment_of_a_busy_journal_a_start_would_find_what_is_not_done()
    {
        var folder = Notes.NewFolder();
        using var journal = Journal.Open(folder, Notes.First, Notes.Boot, segmentBytes: 1024);
        var state = new Dictionary<int, (JournalEntry Entry, string Text)>();
        for (var step = 0; step < 1_500; step++)
        {
            // Some end at once, some after long, some never; in between they are replaced.
            state[step] = (journal.Put(step, size: 20 + step % 90), $"open {step}");
            foreach (var number in new[] { step - 2, step - 30, step - 400 }.Where(number => number % 7 > 0 && state.ContainsKey(number)))
            {
                if (state[number].Text.StartsWith("open", StringComparison.Ordinal) && number % 3 > 0)
                {
                    Assert.True(journal.Replace(state[number].Entry, Notes.Numbered("ended", number)));
                    state[number] = state[number] with { Text = $"ended {number}" };
                }
                else
                {
                    journal.Done(state[number].Entry);
                    state.Remove(number);
                }
            }
            if (step % 5 > 0)
                continue;
            using var found = Notes.FindCopy(folder);
            Assert.Null(found.WhyNot);
            Assert.Superset(state.Values.Select(one => one.Text).ToHashSet(), Notes.TextsOf(found).ToHashSet());
        }
    }
}
