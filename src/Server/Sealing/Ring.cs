using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// The outer ring (docs/KP1.md): a layer around every stored envelope whose secrets lie outside the database and its backups. Each
/// change is a new ring to be saved; a server that runs takes it over by <see cref="TryAdopt"/>. Safe to share between threads.
/// </summary>
internal sealed class Ring : IDisposable
{
    /// <summary>The kid, which counts as header.</summary>
    public const int PrefixSize = sizeof(uint);

    /// <summary>What an envelope grows by when it is wrapped.</summary>
    public const int WrapSize = Kp1.SymmetricSize + PrefixSize;

    private readonly byte[] _standing = GC.AllocateArray<byte>(Derived.Size, pinned: true);
    private volatile EpochSet _epochs;

    public Ring(scoped ReadOnlySpan<byte> standing, IReadOnlyList<RingEpoch> epochs)
    {
        standing.CopyTo(_standing);
        _epochs = new EpochSet(epochs, epochs.Single(epoch => epoch.State == RingState.Active));
    }

    public IReadOnlyList<RingEpoch> Epochs => _epochs.All;

    public RingEpoch Active => _epochs.Active;

    /// <summary>The part that no epoch changes. For the ring's file alone.</summary>
    public ReadOnlySpan<byte> Standing => _standing;

    public static Ring Fresh(DateTimeOffset created)
    {
        using var standing = new Wiped(stackalloc byte[Derived.Size]);
        RandomNumberGenerator.Fill(standing.Bytes);
        return new Ring(standing.Bytes, [FreshEpoch(1, RingState.Active, created)]);
    }

    /// <summary>The new epoch only opens until <see cref="WithActive"/>: every node must have it first.</summary>
    public Ring WithNewEpoch(DateTimeOffset created)
    {
        var kid = Epochs.Max(epoch => epoch.Kid) + 1;
        return new Ring(_standing, [.. Copies(epoch => epoch.State), FreshEpoch(kid, RingState.Decrypt, created)]);
    }

    public Ring WithActive(uint kid)
    {
        if (Find(kid) is not { State: RingState.Decrypt }) // check: only an epoch that opens can become active
            throw new RingUnusable($"Epoch {kid} of the ring cannot become the active one.");
        return new Ring(_standing, Copies(epoch => epoch.Kid == kid ? RingState.Active
            : epoch.State == RingState.Active ? RingState.Decrypt : epoch.State));
    }

    /// <summary>For good, and for old backups too. Only when no row is wrapped under it any more.</summary>
    public Ring WithDestroyed(uint kid)
    {
        if (Find(kid) is not { State: RingState.Decrypt }) // check: the active epoch is not destroyed
            throw new RingUnusable($"Epoch {kid} of the ring cannot be destroyed: it is active, destroyed already or unknown.");
        return new Ring(_standing, Copies(epoch => epoch.Kid == kid ? RingState.Destroyed : epoch.State));
    }

    /// <summary>
    /// Becomes what the ring's file says now, for every thread at once: all hold this one object, and what changes is one reference, so
    /// that each use sees the old epochs or the new ones and never some of both. False, with nothing changed, when the other is not a
    /// later state of this ring.
    /// </summary>
    public bool TryAdopt(Ring later)
    {
        if (!_standing.AsSpan().SequenceEqual(later._standing)) // check: the same ring
            return false;
        var before = Epochs;
        if (before.Any(epoch => later.Find(epoch.Kid) is not { } next || !epoch.MayBecome(next))) // check: every epoch is there, and no other
            return false;
        _epochs = later._epochs;
        // The others are not wiped: a thread may be at work with one, and their secrets live on in those that take their place.
        foreach (var epoch in before.Where(epoch => Find(epoch.Kid) is { State: RingState.Destroyed }))
            epoch.Dispose();
        return true;
    }

    /// <summary>Whether this ring knows an epoch that the database was written with, and has the same secret for it.</summary>
    public bool Knows(uint kid, ReadOnlySpan<byte> fingerprint)
    {
        var epoch = Find(kid);
        if (epoch is null) // check: epoch known
            return false;
        // A destroyed secret has no fingerprint any more.
        if (epoch.State == RingState.Destroyed)
            return true;
        return epoch.Fingerprint().AsSpan().SequenceEqual(fingerprint); // check: fingerprint
    }

    public byte[] Wrap(string table, Guid row, ReadOnlySpan<byte> envelope) => Wrap(table, row, envelope, Nonce.Fresh());

    public byte[] Wrap(string table, Guid row, ReadOnlySpan<byte> envelope, Nonce nonce)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, table, row);
        // Once: between two looks the active epoch may become another.
        var active = Active;
        Span<byte> prefix = stackalloc byte[PrefixSize];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, active.Kid);
        return Kp1.Seal(EnvelopeType.Outer, active.Outer(table), prefix, context.Bytes, envelope, nonce);
    }

    /// <summary>Writes the envelope to the room, which needs <see cref="WrapSize"/> less than the wrapped one.</summary>
    public ReadOnlySpan<byte> Unwrap(string table, Guid row, scoped ReadOnlySpan<byte> wrapped, Span<byte> room)
    {
        var context = new Joined(stackalloc byte[Joined.Room]);
        Bind(ref context, table, row);
        try
        {
            var epoch = Find(KidOf(wrapped));
            if (epoch is null) // check: epoch known, opening
                throw new SealBroken();
            return room[..Kp1.Open(EnvelopeType.Outer, epoch.Outer(table), PrefixSize, context.Bytes, wrapped, room)];
        }
        catch (SealBroken)
        {
            throw new SealBroken(table, row);
        }
    }

    public byte[] Unwrap(string table, Guid row, ReadOnlySpan<byte> wrapped)
    {
        var envelope = new byte[Math.Max(0, wrapped.Length - WrapSize)];
        Unwrap(table, row, wrapped, envelope);
        return envelope;
    }

    /// <summary>Under which epoch a row is wrapped: what a re-wrap looks for.</summary>
    public static uint KidOf(ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < WrapSize) // check: there is a kid
            throw new SealBroken();
        return BinaryPrimitives.ReadUInt32BigEndian(wrapped[Kp1.HeaderSize..]);
    }

    public void DeriveStanding(ReadOnlySpan<byte> purpose, Span<byte> destination) =>
        Derived.Write("KeyPass/v1/ring"u8, _standing, purpose, destination);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_standing);
        foreach (var epoch in Epochs)
            epoch.Dispose();
    }

    private static RingEpoch FreshEpoch(uint kid, RingState state, DateTimeOffset created)
    {
        using var secret = new Wiped(stackalloc byte[Derived.Size]);
        RandomNumberGenerator.Fill(secret.Bytes);
        return new RingEpoch(kid, state, created, secret.Bytes);
    }

    private static void Bind(ref Joined context, string table, Guid row)
    {
        context.Text(table);
        context.Id(row);
    }

    private List<RingEpoch> Copies(Func<RingEpoch, RingState> state) => [.. Epochs.Select(epoch => epoch.As(state(epoch)))];

    /// <summary>A loop, for the hot path: a ring has a handful of epochs.</summary>
    private RingEpoch? Find(uint kid)
    {
        var epochs = Epochs;
        for (var index = 0; index < epochs.Count; index++)
            if (epochs[index].Kid == kid)
                return epochs[index];
        return null; // no check: not found
    }

    private sealed record EpochSet(IReadOnlyList<RingEpoch> All, RingEpoch Active);
}
