using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>One version of a provider key for one grant, as a browser sealed it. The grant is named where there are several.</summary>
internal sealed record SealedKeyWire(string KeyId, int Version, int Priority, string Envelope, string? GrantId = null);

/// <summary>Turns the envelopes of one vault's grants, as a browser sends them, into rows under the outer ring.</summary>
internal sealed class GrantReader(FieldCheck check, Ring ring, DateTimeOffset now)
{
    /// <summary>More than one credential has use for.</summary>
    private const int MostKeys = 200;

    private const int LargestEnvelope = KeyPayload.MaxSize + Kp1.SymmetricSize;

    public GrantStore.TokenWrapRow ReadWrap(Guid grantId, string? rowId, string? hash, string? wrap, DateTimeOffset? expiresAt)
    {
        var id = check.Id("tokenRowId", rowId);
        return new GrantStore.TokenWrapRow
        {
            Id = id,
            GrantId = grantId,
            Hash = check.Bytes("tokenHash", hash, Credential.HashSize),
            Envelope = ReadEnvelope("tokenWrap", wrap, EnvelopeType.TokenWrap, GrantStore.WrapTable, id),
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };
    }

    public byte[] ReadEscrow(Guid grantId, string? escrow) => ReadEnvelope("escrow", escrow, EnvelopeType.Escrow, GrantStore.EscrowColumn, grantId);

    public byte[] ReadPointTag(string? tag) => check.Bytes("vaultPointTag", tag, VaultPointTag.Size);

    /// <param name="ofGrant">The grant they are all for; null where each names its own.</param>
    public IReadOnlyList<GrantStore.SealedKeyRow> ReadKeys(IReadOnlyList<SealedKeyWire>? wires, Guid? ofGrant)
    {
        check.Require(wires is null or { Count: <= MostKeys }, "sealedKeys", $"'sealedKeys' takes at most {MostKeys}.");
        if (wires is null || check.Refusal is not null)
            return [];
        var rows = wires.Select((wire, index) => ReadKey($"sealedKeys[{index}]", wire, ofGrant)).ToList();
        check.Require(rows.DistinctBy(row => (row.GrantId, row.KeyId)).Count() == rows.Count, "sealedKeys", "'sealedKeys' names a key twice for one grant.");
        return rows;
    }

    private GrantStore.SealedKeyRow ReadKey(string field, SealedKeyWire wire, Guid? ofGrant)
    {
        var id = Guid.CreateVersion7(now);
        check.Require(wire.Version > 0, $"{field}.version", $"'{field}.version' begins with 1.");
        check.Require(wire.Priority is >= 0 and < MostKeys, $"{field}.priority", $"'{field}.priority' takes 0 to {MostKeys - 1}.");
        return new GrantStore.SealedKeyRow
        {
            Id = id,
            GrantId = ofGrant ?? check.Id($"{field}.grantId", wire.GrantId),
            KeyId = check.Id($"{field}.keyId", wire.KeyId),
            Version = wire.Version,
            Priority = wire.Priority,
            Envelope = ReadEnvelope($"{field}.envelope", wire.Envelope, EnvelopeType.SealedKey, GrantStore.SealedKeyTable, id),
        };
    }

    private byte[] ReadEnvelope(string field, string? text, EnvelopeType type, string table, Guid row) =>
        EnvelopeField.Read(check, ring, field, text, LargestEnvelope, type, table, row);
}
