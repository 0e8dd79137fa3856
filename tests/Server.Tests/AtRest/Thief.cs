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
    private readonly Dictionary<Guid, List<Item>> _vaults;
    private readonly List<Envelope> _unlocks;
    private readonly List<GrantHolder> _holders;
    private readonly ILookup<Guid, SealedKey> _sealedKeys;
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
        _vaults = _items.GroupBy(item => item.Vault).ToDictionary(vault => vault.Key, vault => vault.ToList());
        var heads = _items.ToDictionary(item => item.Id, item => item.Head);
        var sealedKeys = loot.Rows.Where(row => row.Table == GrantStore.SealedKeyTable);
        _sealedKeys = sealedKeys.ToLookup(row => Guid.Parse(row.Columns["grant_id"]), row => new SealedKey(
            Guid.Parse(row.Columns["key_id"]), uint.Parse(row.Columns["version"], CultureInfo.InvariantCulture), loot.Unwrapped(row, "envelope"),
            heads[Guid.Parse(row.Columns["key_id"])]));
        _holders =
        [
            .. from row in loot.Rows.Where(row => row.Table == GrantStore.WrapTable && LootRow.IsBytes(row.Columns["envelope"]))
               let grant = Guid.Parse(row.Columns["grant_id"])
               select new GrantHolder("KeyPass/v1/token", [.. "wrap\0"u8, .. Id(grant), .. Id(row.Id)], grant, loot.Unwrapped(row, "envelope")),
            .. from row in loot.Rows.Where(row => row.Table == "grants")
               from kind in new[] { (Column: "escrow", Label: "KeyPass/v1/vault"), (Column: "child", Label: "KeyPass/v1/grant") }
               where LootRow.IsBytes(row.Columns[kind.Column])
               let purpose = Encoding.ASCII.GetBytes(kind.Column + "\0")
               select new GrantHolder(kind.Label, [.. purpose, .. Id(row.Id)], row.Id, loot.Unwrapped(row, kind.Column)),
        ];
        _verifiers = loot.Rows.Where(row => row.Columns.GetValueOrDefault("verifier") is { } value && LootRow.IsBytes(value))
            .ToDictionary(row => Convert.ToHexString(loot.Unwrapped(row, "verifier")), row => row.Id);
        _credentials = loot.Rows.Where(row => row.Table is "sessions" or GrantStore.WrapTable)
            .ToDictionary(row => Convert.ToHexString(row.Bytes("hash")), row => row.Id);
    }

    /// <summary>What one attempt gives may be what the next one needs: a vault's secret out of an unlock, a grant's out of a wrap.</summary>
    public void Try(IReadOnlyCollection<byte[]> secrets)
    {
        for (var found = secrets; found.Count > 0;)
        {
            var next = new ConcurrentBag<byte[]>();
            Parallel.ForEach(found, new ParallelOptions { MaxDegreeOfParallelism = 2 }, secret =>
            {
                foreach (var inner in TryOne(secret))
                    next.Add(inner);
            });
            found = next;
        }
    }

    /// <summary>The kinds of key. Gives the secrets that came out, of a vault or a grant.</summary>
    private List<byte[]> TryOne(byte[] secret)
    {
        TryAsCredential(secret);
        var found = OpenHolders(secret).ToList();
        if (secret.Length != Size)
            return found;
        foreach (var opened in OpenItems(secret, _items))
            Opened[opened] = true;
        TryAsVaultSecret(secret);
        foreach (var grant in _sealedKeys)
            TryAsGrantSecret(secret, grant.Key);
        if (_verifiers.TryGetValue(Convert.ToHexString(Derive("KeyPass/v1/verifier", secret, "verifier")), out var account))
            Impersonated[account] = true;
        string[] unlockers = ["KeyPass/v1/master", "KeyPass/v1/recovery", "KeyPass/v1/prf"];
        found.AddRange(unlockers.Select(label => Derive(label, secret, "kek")).Prepend(secret).SelectMany(OpenUnlocks));
        return found;
    }

    /// <summary>A credential is whatever a client sends; the database has its hash.</summary>
    private void TryAsCredential(byte[] value)
    {
        var hex = Encoding.ASCII.GetBytes(Convert.ToHexString(value));
        byte[][] spellings = [value, [.. "kp_ss_"u8, .. value], [.. "kp_pat_"u8, .. value], SHA256.HashData(value), hex];
        foreach (var presented in spellings)
            if (_credentials.TryGetValue(Convert.ToHexString(SHA256.HashData(presented)), out var row))
                Impersonated[row] = true;
    }

    /// <summary>One key of each vault tells whether it is that vault's secret; if so, all of them are opened.</summary>
    private bool TryAsVaultSecret(byte[] secret, Guid? only = null)
    {
        var any = false;
        foreach (var items in only is { } one ? [_vaults[one]] : _vaults.Values.ToArray())
        {
            if (!OpensAsItem(items[0]))
                continue;
            any = true;
            foreach (var item in items.Where(OpensAsItem))
                Opened[item.Id] = true;
        }
        return any;

        bool OpensAsItem(Item item) => OpenItems(Derive("KeyPass/v1/vault", secret, [.. "item\0"u8, .. item.Envelope[5..37]]), [item]).Count > 0;
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

    /// <summary>What holds a grant's secret: under a credential, under the vault's secret, under the parent grant's.</summary>
    private IEnumerable<byte[]> OpenHolders(byte[] secret)
    {
        foreach (var holder in _holders)
        {
            var plain = Decrypt32(Derive(holder.Label, secret, holder.Purpose), holder.Envelope);
            if (TryAsGrantSecret(plain, holder.Grant))
                yield return plain;
        }
    }

    private bool TryAsGrantSecret(byte[] secret, Guid grant)
    {
        var sealedKeys = _sealedKeys[grant];
        if (!Opens(sealedKeys.First()))
            return false;
        foreach (var one in sealedKeys.Where(Opens))
            Opened[one.KeyId] = true;
        return true;

        bool Opens(SealedKey one)
        {
            var version = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(version, one.Version);
            var contentKey = Derive("KeyPass/v1/grant", secret, [.. "key\0"u8, .. Id(grant), .. Id(one.KeyId), .. version]);
            var stream = Encrypt(contentKey, Counter(one.Envelope.AsSpan(5, 12), 2));
            return !one.Head.Where((letter, at) => (one.Envelope[17 + at] ^ stream[at]) != letter).Any();
        }
    }

    /// <summary>Header, nonce, 32 bytes, tag.</summary>
    private static byte[] Decrypt32(byte[] contentKey, byte[] envelope)
    {
        var nonce = envelope.AsSpan(5, 12);
        var stream = Encrypt(contentKey, [.. Counter(nonce, 2), .. Counter(nonce, 3)]);
        return [.. stream.Select((letter, at) => (byte)(letter ^ envelope[17 + at]))];
    }

    /// <summary>The first bytes of a payload, which the columns beside it give away: format, provider.</summary>
    private static byte[] Head(string provider) => [1, 0, (byte)provider.Length, .. Encoding.ASCII.GetBytes(provider)];

    private static byte[] Id(Guid id) => id.ToByteArray(bigEndian: true);

    private static byte[] Counter(ReadOnlySpan<byte> nonce, uint number)
    {
        var block = new byte[Block];
        WriteCounter(nonce, number, block);
        return block;
    }

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

    private sealed record GrantHolder(string Label, byte[] Purpose, Guid Grant, byte[] Envelope);

    private sealed record SealedKey(Guid KeyId, uint Version, byte[] Envelope, byte[] Head);

    private sealed record Item(Guid Id, Guid Vault, byte[] Envelope, byte[] Head);
}
