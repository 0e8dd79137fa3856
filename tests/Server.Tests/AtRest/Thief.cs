using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KeyPass.Server.Grants;
using KeyPass.Server.Vault;

namespace KeyPass.Server.Tests.AtRest;

/// <summary>
/// Tries every secret it has, or comes by, as every kind of key that the format knows, on everything it could open. It decrypts
/// without asking for the tag and looks at the plaintext, as somebody with much to try would: a provider key begins with known bytes.
/// </summary>
internal sealed class Thief
{
    private const int Size = 32;
    private const int Block = 16;

    private readonly List<Item> _items;
    private readonly List<Envelope> _unlocks;
    private readonly List<Grant> _grants;
    private readonly Dictionary<string, Wrap> _wraps;
    private readonly Dictionary<string, Guid> _verifiers;
    private readonly Dictionary<string, Guid> _credentials;

    /// <summary>Ids of the provider keys that opened.</summary>
    public ConcurrentDictionary<Guid, bool> Opened { get; } = new();

    /// <summary>Ids of the accounts or sessions it could sign in as.</summary>
    public ConcurrentDictionary<Guid, bool> Impersonated { get; } = new();

    public Thief(Loot loot)
    {
        _items = [.. loot.Rows.Where(row => row.Table == VaultStore.ItemTable && row.Columns["kind"] == VaultStore.ProviderKeyKind).Select(row => new Item(
            row.Id, Guid.Parse(row.Columns["vault_id"]), loot.Unwrapped(row, "envelope"), Head(row.Columns["provider"])))];
        _unlocks = [.. loot.Rows.Where(row => row.Table == VaultStore.UnlockTable)
            .Select(row => new Envelope(Guid.Parse(row.Columns["vault_id"]), loot.Unwrapped(row, "envelope")))];
        var heads = _items.ToDictionary(item => item.Id, item => item.Head);
        _grants = [.. loot.Rows.Where(row => row.Table == GrantStore.SealedKeyTable).GroupBy(row => Guid.Parse(row.Columns["grant_id"]))
            .Select(rows => new Grant(rows.Key, [.. rows.Select(row => new HeldKey(
                Guid.Parse(row.Columns["key_id"]), uint.Parse(row.Columns["version"], CultureInfo.InvariantCulture), loot.Unwrapped(row, "envelope"),
                heads[Guid.Parse(row.Columns["key_id"])]))]))];
        _wraps = loot.Rows.Where(row => row.Table == GrantStore.WrapTable).ToDictionary(
            row => Convert.ToHexString(row.Bytes("hash")), row => new Wrap(row.Id, Guid.Parse(row.Columns["grant_id"]), loot.Unwrapped(row, "envelope")));
        _verifiers = loot.Rows.Where(row => row.Columns.GetValueOrDefault("verifier") is { } value && LootRow.IsBytes(value))
            .ToDictionary(row => Convert.ToHexString(loot.Unwrapped(row, "verifier")), row => row.Id);
        _credentials = loot.Rows.Where(row => row.Table == "sessions").ToDictionary(row => Convert.ToHexString(row.Bytes("hash")), row => row.Id);
    }

    /// <summary>What one attempt gives may be what the next one needs: a vault's secret, out of an unlock.</summary>
    public void Try(IReadOnlyCollection<byte[]> secrets)
    {
        for (var found = secrets; found.Count > 0;)
        {
            var next = new ConcurrentBag<byte[]>();
            Parallel.ForEach(found, new ParallelOptions { MaxDegreeOfParallelism = 2 }, secret =>
            {
                foreach (var vaultSecret in TryOne(secret))
                    next.Add(vaultSecret);
            });
            found = next;
        }
    }

    /// <summary>A credential is whatever a client sends; the database has its hash.</summary>
    public void TryAsCredentials(IEnumerable<byte[]> values)
    {
        foreach (var value in values)
            foreach (var presented in new[] { value, [.. "kp_ss_"u8, .. value], SHA256.HashData(value), Encoding.ASCII.GetBytes(Convert.ToHexString(value)) })
                if (_credentials.TryGetValue(Convert.ToHexString(SHA256.HashData(presented)), out var session))
                    Impersonated[session] = true;
    }

    /// <summary>A credential of a grant: its hash finds the wrap, and it opens that. What comes out is tried as everything else is.</summary>
    public void TryAsTokens(IEnumerable<byte[]> values)
    {
        foreach (var value in values)
        {
            if (!_wraps.TryGetValue(Convert.ToHexString(SHA256.HashData(value)), out var wrap))
                continue;
            byte[] purpose = [.. "wrap\0"u8, .. wrap.Grant.ToByteArray(bigEndian: true), .. wrap.Id.ToByteArray(bigEndian: true)];
            var wrapping = Derive("KeyPass/v1/token", value, purpose);
            Try([Decrypt(wrapping, wrap.Bytes, nonceAt: 5, Size)]);
        }
    }

    /// <summary>The kinds of key. A new kind of envelope gets its line here. Gives the secrets that came out of it.</summary>
    private IEnumerable<byte[]> TryOne(byte[] secret)
    {
        foreach (var opened in OpenItems(secret, _items))
            Opened[opened] = true;
        TryAsVaultSecret(secret);
        TryAsGrantSecret(secret);
        if (_verifiers.TryGetValue(Convert.ToHexString(Derive("KeyPass/v1/verifier", secret, "verifier")), out var account))
            Impersonated[account] = true;
        string[] unlockers = ["KeyPass/v1/master", "KeyPass/v1/recovery", "KeyPass/v1/prf"];
        return unlockers.Select(label => Derive(label, secret, "kek")).Prepend(secret).SelectMany(OpenUnlocks).ToList();
    }

    /// <summary>One key of each vault tells whether it is that vault's secret; if so, all of them are opened.</summary>
    private bool TryAsVaultSecret(byte[] secret, Guid? only = null)
    {
        var any = false;
        foreach (var vault in _items.Where(item => only is null || item.Vault == only).GroupBy(item => item.Vault))
        {
            if (!OpensAsItem(vault.First()))
                continue;
            any = true;
            foreach (var item in vault.Where(OpensAsItem))
                Opened[item.Id] = true;
        }
        return any;

        bool OpensAsItem(Item item) => OpenItems(Derive("KeyPass/v1/vault", secret, [.. "item\0"u8, .. item.Envelope[5..37]]), [item]).Count > 0;
    }

    /// <summary>One sealed key of each grant tells whether it is that grant's secret; if so, all of them are opened.</summary>
    private void TryAsGrantSecret(byte[] secret)
    {
        foreach (var grant in _grants.Where(grant => OpensFor(grant, grant.Keys[0])))
            foreach (var held in grant.Keys.Where(held => OpensFor(grant, held)))
                Opened[held.Id] = true;

        bool OpensFor(Grant grant, HeldKey held)
        {
            var version = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(version, held.Version);
            byte[] purpose = [.. "key\0"u8, .. grant.Id.ToByteArray(bigEndian: true), .. held.Id.ToByteArray(bigEndian: true), .. version];
            return Decrypt(Derive("KeyPass/v1/grant", secret, purpose), held.Bytes, nonceAt: 5, held.Head.Length).AsSpan().SequenceEqual(held.Head);
        }
    }

    /// <summary>The first bytes of what AES-GCM encrypted, without asking for its tag.</summary>
    private static byte[] Decrypt(byte[] contentKey, byte[] envelope, int nonceAt, int size)
    {
        var counters = new byte[(size + Block - 1) / Block * Block];
        for (var index = 0; index < counters.Length / Block; index++)
            WriteCounter(envelope.AsSpan(nonceAt, 12), (uint)index + 2, counters.AsSpan(index * Block));
        var stream = Encrypt(contentKey, counters);
        return [.. Enumerable.Range(0, size).Select(i => (byte)(envelope[nonceAt + 12 + i] ^ stream[i]))];
    }

    private static List<Guid> OpenItems(byte[] contentKey, IReadOnlyList<Item> items)
    {
        var counters = new byte[items.Count * Block];
        for (var index = 0; index < items.Count; index++)
            WriteCounter(items[index].Envelope.AsSpan(37, 12), 2, counters.AsSpan(index * Block));
        var stream = Encrypt(contentKey, counters);
        var opened = new List<Guid>();
        for (var index = 0; index < items.Count; index++)
        {
            var (item, at) = (items[index], index * Block);
            var same = true;
            for (var i = 0; same && i < item.Head.Length; i++)
                same = (item.Envelope[49 + i] ^ stream[at + i]) == item.Head[i];
            if (same)
                opened.Add(item.Id);
        }
        return opened;
    }

    /// <summary>The vault secrets that came out and are some. What is inside is random, so only what it then opens tells.</summary>
    private IEnumerable<byte[]> OpenUnlocks(byte[] wrapping)
    {
        var counters = new byte[_unlocks.Count * 2 * Block];
        for (var index = 0; index < _unlocks.Count; index++)
        {
            WriteCounter(_unlocks[index].Bytes.AsSpan(5, 12), 2, counters.AsSpan(index * 2 * Block));
            WriteCounter(_unlocks[index].Bytes.AsSpan(5, 12), 3, counters.AsSpan((index * 2 + 1) * Block));
        }
        var stream = Encrypt(wrapping, counters);
        for (var index = 0; index < _unlocks.Count; index++)
        {
            var plain = new byte[Size];
            for (var i = 0; i < Size; i++)
                plain[i] = (byte)(_unlocks[index].Bytes[17 + i] ^ stream[index * 2 * Block + i]);
            if (TryAsVaultSecret(plain, _unlocks[index].Vault))
                yield return plain;
        }
    }

    /// <summary>The first bytes of a payload, which the columns beside it give away: format, provider.</summary>
    private static byte[] Head(string provider) => [1, 0, (byte)provider.Length, .. Encoding.ASCII.GetBytes(provider)];

    private static void WriteCounter(ReadOnlySpan<byte> nonce, uint number, Span<byte> block)
    {
        nonce.CopyTo(block);
        BinaryPrimitives.WriteUInt32BigEndian(block[12..], number);
    }

    private static byte[] Encrypt(byte[] contentKey, byte[] blocks)
    {
        using var aes = Aes.Create();
        aes.Key = contentKey;
        return aes.EncryptEcb(blocks, PaddingMode.None);
    }

    private static byte[] Derive(string label, byte[] secret, string purpose) => Derive(label, secret, Encoding.ASCII.GetBytes(purpose));

    /// <summary>HKDF for 32 bytes, by hand: the base library's asks its provider anew each time, which takes longer than the hashing.</summary>
    private static byte[] Derive(string label, byte[] secret, byte[] purpose) =>
        HMACSHA256.HashData(HMACSHA256.HashData(Encoding.ASCII.GetBytes(label), secret), (byte[])[.. purpose, 1]);

    private sealed record Envelope(Guid Vault, byte[] Bytes);

    private sealed record Wrap(Guid Id, Guid Grant, byte[] Bytes);

    private sealed record Grant(Guid Id, IReadOnlyList<HeldKey> Keys);

    private sealed record HeldKey(Guid Id, uint Version, byte[] Bytes, byte[] Head);

    private sealed record Item(Guid Id, Guid Vault, byte[] Envelope, byte[] Head);
}
