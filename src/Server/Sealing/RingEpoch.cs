using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>Active: new rows are wrapped under it, there is one. Decrypt: only opens. Destroyed: its secret is gone for good.</summary>
internal enum RingState
{
    Active,
    Decrypt,
    Destroyed,
}

/// <summary>One secret of the ring and its number, the <c>kid</c>. A destroyed one is all zeros, of which <see cref="Derived"/> makes no key.</summary>
internal sealed class RingEpoch : IDisposable
{
    private readonly byte[] _secret = GC.AllocateArray<byte>(Derived.Size, pinned: true);
    private readonly ConcurrentDictionary<string, byte[]> _tables = [];

    public RingEpoch(uint kid, RingState state, DateTimeOffset created, scoped ReadOnlySpan<byte> secret)
    {
        (Kid, State, Created) = (kid, state, created);
        if (state != RingState.Destroyed)
            secret.CopyTo(_secret);
    }

    public uint Kid { get; }

    public RingState State { get; }

    public DateTimeOffset Created { get; }

    /// <summary>For the ring's file alone.</summary>
    public ReadOnlySpan<byte> Secret => _secret;

    public RingEpoch As(RingState state) => new(Kid, state, Created, _secret);

    /// <summary>The same secret, or none any more. What was destroyed stays so.</summary>
    public bool MayBecome(RingEpoch later)
    {
        if (later.State == RingState.Destroyed)
            return true;
        return CryptographicOperations.FixedTimeEquals(_secret, later._secret); // check: the epoch's secret
    }

    /// <summary><c>K_outer(table)</c>, kept: it is asked for twice in every proxied call.</summary>
    public ReadOnlySpan<byte> Outer(string table) => _tables.GetOrAdd(table, MakeOuter, _secret);

    /// <summary>Tells this secret from any other and says nothing about it. The database keeps one a kid.</summary>
    public byte[] Fingerprint()
    {
        var fingerprint = new byte[Derived.Size];
        Derived.Write("KeyPass/v1/ring-fingerprint"u8, _secret, [], fingerprint);
        return fingerprint;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        foreach (var outer in _tables.Values)
            CryptographicOperations.ZeroMemory(outer);
    }

    private static byte[] MakeOuter(string table, byte[] secret)
    {
        var name = new byte[System.Text.Encoding.ASCII.GetByteCount(table)];
        System.Text.Encoding.ASCII.GetBytes(table, name);
        var outer = GC.AllocateArray<byte>(Derived.Size, pinned: true);
        Derived.Write("KeyPass/v1/outer"u8, secret, name, outer);
        return outer;
    }
}
