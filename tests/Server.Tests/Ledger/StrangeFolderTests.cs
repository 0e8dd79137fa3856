using System.Buffers.Binary;
using KeyPass.Server.Ledger;
using KeyPass.Server.Tests.Support;
using static KeyPass.Server.Tests.Ledger.SmallJournal;

namespace KeyPass.Server.Tests.Ledger;

/// <summary>Whatever lies where journals lie: looking for abandoned ones gives an answer.</summary>
public class StrangeFolderTests
{
    [Fact]
    public void Whatever_lies_in_the_folder_gives_an_answer()
    {
        var folder = Small();
        var home = Notes.Home(folder);
        var paths = Notes.Segments(folder);
        var good = paths.Select(File.ReadAllBytes).ToArray();
        var rounds = Rounds.Of(500, inLongRuns: 20_000);
        ulong state = 1;
        for (var round = 0; round < rounds; round++)
        {
            var at = Next(ref state, paths.Length);
            var bytes = Garbage(ref state, Next(ref state, 2 * SegmentBytes));
            switch (round % 5)
            {
                case 0: // all of a segment
                    File.WriteAllBytes(paths[at], bytes);
                    break;
                case 1: // behind a right header
                    File.WriteAllBytes(paths[at], [.. good[at][..SegmentHeader.Bytes], .. bytes]);
                    break;
                case 2: // in the middle
                    byte[] spoiled = [.. good[at]];
                    bytes.AsSpan(0, Math.Min(bytes.Length, 60)).CopyTo(spoiled.AsSpan(Next(ref state, spoiled.Length - 60)));
                    File.WriteAllBytes(paths[at], spoiled);
                    break;
                case 3: // a length that leads far
                    byte[] lengthened = [.. good[at]];
                    BinaryPrimitives.WriteUInt32LittleEndian(lengthened.AsSpan(SegmentHeader.Bytes), uint.MaxValue - (uint)round);
                    File.WriteAllBytes(paths[at], lengthened);
                    break;
                default: // files of no meaning
                    File.WriteAllBytes(Path.Combine(home, $"{round}.segment"), bytes);
                    File.WriteAllBytes(Path.Combine(home, $"-{round:x15}.segment"), bytes);
                    break;
            }
            Assert.Subset(Everything.ToHashSet(), Notes.Find(folder).Texts.ToHashSet());
            var content = paths[at] == paths[^1] ? EndOf(good[at]) : good[at].Length;
            var found = File.ReadAllBytes(paths[at]);
            if (found.Length != good[at].Length || !found.AsSpan(0, content).SequenceEqual(good[at].AsSpan(0, content)))
                NotWhole(folder, $"round {round}");
            File.WriteAllBytes(paths[at], good[at]);
            Whole(folder);
        }
        File.WriteAllBytes(Path.Combine(home, $"{ulong.MaxValue:x16}.segment"), good[0]);
        NotWhole(folder, "a segment of the far future");
    }

    [Fact]
    public void What_is_no_journal_is_left_alone()
    {
        var folder = Notes.NewFolder();
        File.WriteAllText(Path.Combine(folder, Notes.First.ToString()), "a file");
        foreach (var name in new[] { "elsewhere", Notes.Second.ToString("N"), Notes.Second.ToString().ToUpperInvariant(), "elsewhere.new" })
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, "lock"), "");
        Directory.CreateDirectory(Path.Combine(folder, Notes.Second.ToString())); // without a lock nobody knows whether its process lives

        Assert.Empty(AbandonedJournal.TakeAll(folder, Notes.Boot));
        Assert.Empty(AbandonedJournal.TakeAll(Path.Combine(folder, "not", "there"), Notes.Boot));

        Assert.Equal(5, Directory.GetDirectories(folder).Length);
    }

    [Fact]
    public void A_folder_with_a_lock_and_nothing_else_is_not_whole()
    {
        var folder = Notes.NewFolder();
        Directory.CreateDirectory(Notes.Home(folder));
        File.WriteAllText(Path.Combine(Notes.Home(folder), "lock"), "");

        Assert.Empty(NotWhole(folder, "only a lock"));
    }

    private static byte[] Garbage(ref ulong state, int size)
    {
        var bytes = new byte[size];
        for (var at = 0; at < size; at++)
            bytes[at] = (byte)Next(ref state, 256);
        return bytes;
    }

    /// <summary>The same garbage in every run (xorshift).</summary>
    private static int Next(ref ulong state, int below)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (int)(state % (ulong)below);
    }
}
