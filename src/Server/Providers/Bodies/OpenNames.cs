using System.Buffers;
using System.Buffers.Binary;

namespace KeyPass.Server.Providers;

/// <summary>
/// Finds a member given twice in one object, of all objects that are open at a time. It keeps a number of 64 bits for each name: two names
/// of one object with the same number are taken for the same. Up to eight bytes that is certain; beyond it only who looks for it finds a pair, and is refused.
/// </summary>
internal struct OpenNames : IDisposable
{
    /// <summary>No object of an API has a hundredth of these; a body of nothing but names must not cost more memory than itself.</summary>
    public const int Most = 64 * 1024;

    /// <summary>Compared one by one; a larger object is sorted when it ends.</summary>
    private const int Few = 16;

    private readonly int[] _starts;
    private ulong[] _names;
    private int _depth;
    private int _count;

    public OpenNames(int depth)
    {
        _starts = ArrayPool<int>.Shared.Rent(depth + 1);
        _names = ArrayPool<ulong>.Shared.Rent(256);
    }

    public readonly bool IsFull => _count == Most;

    public void Open() => _starts[_depth++] = _count;

    /// <summary>False where the object has the name already, as far as that shows before it ends.</summary>
    public bool Add(ReadOnlySpan<byte> name)
    {
        var number = Number(name);
        var mine = _names.AsSpan(_starts[_depth - 1].._count);
        if (mine.Length <= Few && mine.Contains(number))
            return false;
        if (_count == _names.Length)
            Grow();
        _names[_count++] = number;
        return true;
    }

    /// <summary>False where the object that ends has a name twice.</summary>
    public bool Close()
    {
        var mine = _names.AsSpan(_starts[--_depth].._count);
        _count = _starts[_depth];
        if (mine.Length <= Few + 1)
            return true;
        mine.Sort();
        for (var at = 1; at < mine.Length; at++)
            if (mine[at] == mine[at - 1])
                return false;
        return true;
    }

    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<ulong>.Shared.Return(_names);
    }

    private void Grow()
    {
        var larger = ArrayPool<ulong>.Shared.Rent(_names.Length * 2);
        _names.CopyTo(larger, 0);
        ArrayPool<ulong>.Shared.Return(_names);
        _names = larger;
    }

    private static ulong Number(ReadOnlySpan<byte> name)
    {
        var number = Mixed((ulong)name.Length);
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
            number = Mixed(number ^ BinaryPrimitives.ReadUInt64LittleEndian(name));
        var last = 0UL;
        foreach (var one in name)
            last = (last << 8) | one;
        return Mixed(number ^ last);
    }

    /// <summary>Each step can be undone, so nothing of what goes in is lost.</summary>
    private static ulong Mixed(ulong number)
    {
        number = (number ^ (number >> 32)) * 0xD6E8FEB86659FD93;
        number = (number ^ (number >> 32)) * 0xD6E8FEB86659FD93;
        return number ^ (number >> 32);
    }
}
