using System.Buffers;

namespace KeyPass.Server.Providers;

/// <summary>One place of a body where other bytes go out than came in. Everything around it stays as it lies: no copy of a large body is made.</summary>
internal sealed record Splice(int At, int Removed, byte[] Put)
{
    /// <param name="body">As it came.</param>
    /// <param name="changes">In any order; of two at one place, the first stands first.</param>
    public static ReadOnlySequence<byte> Into(ReadOnlyMemory<byte> body, params IEnumerable<Splice> changes)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, 0);
        var (last, done) = (first, 0);
        foreach (var change in changes.OrderBy(change => change.At))
        {
            last = last.Followed(body[done..change.At]).Followed(change.Put);
            done = change.At + change.Removed;
        }
        last = last.Followed(body[done..]);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long before) => (Memory, RunningIndex) = (memory, before);

        public Segment Followed(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
