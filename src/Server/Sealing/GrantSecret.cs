using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// A grant's <c>G</c> (docs/KP1.md "Grants"): opens the provider keys of one grant. Lives in its caller's stack room and is zeroed
/// at the end of the block: <c>using var secret = TokenWrap.Open(…, stackalloc byte[GrantSecret.Size]);</c>.
/// </summary>
internal readonly ref struct GrantSecret : IDisposable
{
    public const int Size = Derived.Size;

    /// <summary>Takes what the room holds for the secret.</summary>
    public GrantSecret(Span<byte> room) => Bytes = room[..Size];

    public Span<byte> Bytes { get; }

    public static GrantSecret Fresh(Span<byte> room)
    {
        var secret = new GrantSecret(room);
        RandomNumberGenerator.Fill(secret.Bytes);
        return secret;
    }

    public void Derive(scoped ReadOnlySpan<byte> purpose, scoped Span<byte> destination) =>
        Derived.Write("KeyPass/v1/grant"u8, Bytes, purpose, destination);

    public void Dispose() => CryptographicOperations.ZeroMemory(Bytes);

    public override string ToString() => "[grant secret]";
}
