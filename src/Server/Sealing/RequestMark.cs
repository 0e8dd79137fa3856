using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// By what a request is known again without being kept. A body may hold a password or a provider key, so its hash alone would let
/// whoever has the database try guesses: this one needs the ring, and the name that only the caller knows.
/// </summary>
internal static class RequestMark
{
    /// <summary>Of the name that an account gave to a request.</summary>
    public static byte[] OfName(Ring ring, Guid account, string name) => Of(ring, account, name, "", []);

    /// <param name="line">Method and address.</param>
    public static byte[] Of(Ring ring, Guid account, string name, string line, ReadOnlySpan<byte> body)
    {
        using var secret = new Wiped(stackalloc byte[Derived.Size]);
        ring.DeriveStanding("idempotency"u8, secret.Bytes);
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Bytes);
        Append(hash, account.ToByteArray(bigEndian: true));
        Append(hash, Encoding.UTF8.GetBytes(name));
        Append(hash, Encoding.UTF8.GetBytes(line));
        Append(hash, body);
        return hash.GetHashAndReset();
    }

    /// <summary>With its length first: no part can pass for the beginning of the next.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> size = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(size, part.Length);
        hash.AppendData(size);
        hash.AppendData(part);
    }
}
