using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>
/// Room for a secret, zeroed at the end of its block: <c>using var room = new Wiped(stackalloc byte[32]);</c>. A ref struct
/// cannot be stored, boxed, captured or carried over an await: the compiler keeps the secret in the block it was made for.
/// </summary>
internal readonly ref struct Wiped(Span<byte> bytes)
{
    public Span<byte> Bytes { get; } = bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(Bytes);

    public override string ToString() => "[secret]";
}
