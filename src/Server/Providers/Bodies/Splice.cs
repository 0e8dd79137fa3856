using System.Buffers;

namespace KeyPass.Server.Providers;

/// <summary>One place of a body where other bytes go out than came in. Everything around it stays as it lies: no copy of a large body is made.</summary>
internal sealed record Splice(int At, int Removed, byte[] Put)
{
    public ReadOnlySequence<byte> Into(ReadOnlyMemory<byte> body)
    {
        var first = new Segment(body[..At], 0);
        var last = first.Followed(Put).Followed(body[(At + Removed)..]);
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
