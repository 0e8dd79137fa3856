using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>
/// The credentials that called lately, at hand without a question to the database. A change of one is heard within the beat of
/// <see cref="GrantWatch"/>; while nothing is heard, nothing here counts.
/// </summary>
internal sealed class LiveGrants(GrantLookupStore store, TimeProvider clock, ILogger<LiveGrants> log)
{
    /// <summary>About 2 KB each. Beyond it those that rest are forgotten and read again.</summary>
    private const int Most = 20_000;

    /// <summary>A credential's hash as a key of the table, without an array.</summary>
    private readonly record struct Hash(ulong A, ulong B, ulong C, ulong D)
    {
        public static Hash Of(ReadOnlySpan<byte> hash)
        {
            var parts = MemoryMarshal.Cast<byte, ulong>(hash);
            return new Hash(parts[0], parts[1], parts[2], parts[3]);
        }

        public byte[] ToArray() => MemoryMarshal.AsBytes<ulong>([A, B, C, D]).ToArray();
    }

    private readonly ConcurrentDictionary<Hash, LiveGrant> _known = new();
    private readonly ConcurrentDictionary<Guid, ConcurrentDictionary<Hash, byte>> _byGrant = new();
    private long _news;

    /// <summary>Null for a credential that stands for nothing. It may be revoked or expired: the caller says which.</summary>
    public ValueTask<LiveGrant?> FindAsync(Credential credential, CancellationToken cancel)
    {
        Span<byte> hash = stackalloc byte[Credential.HashSize];
        credential.Hash(hash);
        var place = Hash.Of(hash);
        return _known.TryGetValue(place, out var known) ? ValueTask.FromResult<LiveGrant?>(known) : ReadAsync(place, cancel);
    }

    /// <summary>Something about this grant changed: its calls go on only if it still may.</summary>
    public void Changed(Guid grantId)
    {
        Interlocked.Increment(ref _news);
        if (_byGrant.TryGetValue(grantId, out var places))
        {
            foreach (var place in places.Keys)
                _ = ReadAgainAsync(place);
        }
    }

    /// <summary>Anything may have changed while nobody listened.</summary>
    public void AllChanged()
    {
        Interlocked.Increment(ref _news);
        foreach (var (place, known) in _known)
        {
            if (known.Life.IsIdle)
                Forget(place, known);
            else
                _ = ReadAgainAsync(place);
        }
    }

    private async ValueTask<LiveGrant?> ReadAsync(Hash place, CancellationToken cancel)
    {
        if (_known.Count >= Most)
            ForgetIdle();
        var before = Interlocked.Read(ref _news);
        if (await store.FindAsync(place.ToArray(), new GrantLife(), cancel) is not { } read)
            return null;
        var kept = _known.GetOrAdd(place, read);
        _byGrant.GetOrAdd(read.Id, _ => new())[place] = 0;
        // News that came while the rows were read may have been of these rows.
        if (Interlocked.Read(ref _news) != before)
            _ = ReadAgainAsync(place);
        return kept;
    }

    private async Task ReadAgainAsync(Hash place)
    {
        if (!_known.TryGetValue(place, out var known))
            return;
        try
        {
            var read = await store.FindAsync(place.ToArray(), known.Life, CancellationToken.None);
            if (read is not null && read.StateAt(clock.GetUtcNow()) == LiveState.Active)
            {
                _known[place] = read;
                return;
            }
            known.Life.End();
            Forget(place, known);
        }
        catch (Exception failure)
        {
            // The database is away: nothing counts until it is back, and then everything is read again.
            log.LogDebug(failure, "A changed credential could not be read again");
            Forget(place, known);
        }
    }

    private void Forget(Hash place, LiveGrant known)
    {
        _known.TryRemove(place, out _);
        if (_byGrant.TryGetValue(known.Id, out var places) && places.TryRemove(place, out _) && places.IsEmpty)
            _byGrant.TryRemove(known.Id, out _);
    }

    private void ForgetIdle()
    {
        foreach (var (place, known) in _known)
        {
            if (known.Life.IsIdle)
                Forget(place, known);
        }
    }
}
