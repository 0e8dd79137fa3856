using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using KeyPass.Server.Ledger;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>A journal is read when its process is gone, and never before.</summary>
public class JournalOwnerTests
{
    [Fact]
    public async Task A_killed_process_forgets_nothing_that_it_had_noted_and_a_living_one_is_left_alone()
    {
        var rounds = Rounds.Of(6, inLongRuns: 200);
        var whole = 0;
        for (var round = 0; round < rounds; round++)
        {
            var folder = Notes.NewFolder();
            using var process = JournalProcess.Start(folder);
            var started = int.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var said = new List<string>();
            for (var line = 0; line < 500 + 137 * round; line++)
                said.Add((await process.StandardOutput.ReadLineAsync())!);
            Assert.Empty(AbandonedJournal.TakeAll(folder, BootId.Read()));
            process.Kill();
            while (await process.StandardOutput.ReadLineAsync() is { } line)
                said.Add(line);
            await process.WaitForExitAsync();

            // A program that it had started lives on, as its PostgreSQL may, and does not hold its journal.
            Assert.True(Posix.IsAlive(started));
            using var found = Assert.Single(AbandonedJournal.TakeAll(folder, BootId.Read()));
            Posix.Kill(started);

            var newest = new Dictionary<string, string>();
            foreach (var line in said.Where(line => line.Contains(' ', StringComparison.Ordinal)))
                newest[line.Split(' ')[1]] = line;
            var texts = Notes.TextsOf(found).ToDictionary(text => text.Split(' ')[1]);
            foreach (var (number, line) in newest.Where(one => !one.Value.StartsWith("done", StringComparison.Ordinal)))
                Assert.True(texts[number] == line || line == $"open {number}", $"{line} was said, {texts[number]} is found");
            whole += found.IsWhole ? 1 : 0;
        }
        // Killed in the middle of a write it is not; that is rare.
        Assert.InRange(whole, 1, rounds);
    }

    [Fact]
    public void A_living_journal_is_not_taken_and_an_abandoned_one_by_one_reader_only()
    {
        var folder = Notes.NewFolder();
        using var living = Journal.Open(folder, Notes.Second, Notes.Boot);
        living.Put(1);
        Journal.Open(folder, Notes.First, Notes.Boot).Dispose();

        using (var found = Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot)))
        {
            Assert.Equal([Notes.First], found.Incarnations);
            Assert.Empty(AbandonedJournal.TakeAll(folder, Notes.Boot));
        }
        Assert.Single(AbandonedJournal.TakeAll(folder, Notes.Boot)).Delete();

        Assert.Equal([Path.Combine(folder, Notes.Second.ToString())], Directory.GetDirectories(folder));
    }

    [Fact]
    public async Task A_program_that_is_just_being_started_does_not_keep_a_journal_that_was_let_go()
    {
        var folder = Notes.NewFolder();
        using var stop = new CancellationTokenSource();
        var starting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                Process.Start("true").Dispose();
        });
        Journal.Open(folder, Notes.First, Notes.Boot).Dispose();
        for (var round = 0; round < 300; round++)
            Assert.True(Notes.Find(folder).IsWhole);
        await stop.CancelAsync();
        await starting;
    }

    [Fact]
    public async Task Journals_that_are_made_and_left_while_others_look_for_abandoned_ones_are_each_found_once()
    {
        const int journals = 400;
        var folder = Notes.NewFolder();
        var living = new ConcurrentDictionary<Guid, bool>();
        var found = new ConcurrentBag<Guid>();
        var wrong = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                foreach (var one in AbandonedJournal.TakeAll(folder, Notes.Boot))
                {
                    if (!living.TryGetValue(one.Incarnations[0], out var lives) || lives)
                        wrong.Add($"{one.Incarnations[0]} lives");
                    if (!one.IsWhole || one.Records.Count != 1)
                        wrong.Add($"{one.Incarnations[0]}: {one.WhyNot}, {one.Records.Count} records");
                    found.Add(one.Incarnations[0]);
                    one.Delete();
                }
        })).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(writer => Task.Run(() =>
        {
            for (var number = writer; number < journals; number += 3)
            {
                using var journal = Journal.Open(folder, Notes.Id(number), Notes.Boot, segmentBytes: 1024);
                living[Notes.Id(number)] = true;
                var entry = journal.Put(number);
                if (number % 4 == 0)
                {
                    journal.End(entry, number);
                    journal.Delete();
                }
                living[Notes.Id(number)] = false;
            }
        })));
        while (Directory.GetDirectories(folder).Length > 0 && wrong.IsEmpty)
            await Task.Delay(10);
        await stop.CancelAsync();
        await Task.WhenAll(readers);

        Assert.Empty(wrong);
        Assert.Equal(Enumerable.Range(0, journals).Where(number => number % 4 > 0).Select(Notes.Id).Order(), found.Order());
    }

    [Fact]
    public void What_a_process_left_that_died_while_it_made_or_deleted_a_journal_is_cleared_away()
    {
        var folder = Notes.NewFolder();
        Journal.Open(folder, Notes.First, Notes.Boot).Dispose();
        Directory.Move(Notes.Home(folder), Notes.Home(folder) + ".gone");
        Journal.Open(folder, Notes.Second, Notes.Boot).Dispose();
        Directory.Move(Path.Combine(folder, Notes.Second.ToString()), Path.Combine(folder, Notes.Second + ".new"));

        Assert.Empty(AbandonedJournal.TakeAll(folder, Notes.Boot));

        Assert.Empty(Directory.GetDirectories(folder));
    }
}
