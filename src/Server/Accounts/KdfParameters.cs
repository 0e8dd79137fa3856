using System.Buffers.Binary;
using System.Buffers.Text;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Accounts;

/// <summary>
/// How expensive a password is to guess. All accounts share one cost: nothing in a prelogin answer then tells a real account
/// from an address nobody has, and there is no weaker account to look for.
/// </summary>
internal static class KdfParameters
{
    public const int Size = Unlock.KdfSize;
    public const int CommitmentSize = 32;
    public const int SaltSize = DecoySalt.Size;

    private const int AuthHashSize = 32;

    private const byte Argon2id = 2;
    private const int MemoryKib = 65_536;
    private const int Iterations = 3;
    private const byte Parallelism = 1;

    private const int SaltStart = Size - SaltSize;

    /// <summary>The 26 bytes that envelopes are bound to.</summary>
    public static byte[] Read(FieldCheck check, KdfWire? wire)
    {
        check.Require(wire is { Algorithm: "argon2id", MemoryKib: MemoryKib, Iterations: Iterations, Parallelism: Parallelism },
            "kdf", $"'kdf' takes argon2id with {MemoryKib} KiB, {Iterations} iterations and a parallelism of {Parallelism}: the cost all accounts share.");
        var salt = check.Bytes("kdf.salt", wire?.Salt, SaltSize);
        return check.Refusal is null ? With(salt) : [];
    }

    public static byte[] With(ReadOnlySpan<byte> salt)
    {
        var bytes = new byte[Size];
        bytes[0] = Argon2id;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), MemoryKib);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Iterations);
        bytes[9] = Parallelism;
        salt.CopyTo(bytes.AsSpan(SaltStart));
        return bytes;
    }

    /// <summary>What a browser derived from the password to sign in with. All zeros is no hash of anything.</summary>
    public static byte[] ReadAuthHash(FieldCheck check, string field, string? text)
    {
        var hash = check.Bytes(field, text, AuthHashSize);
        check.Require(hash.Length == 0 || hash.AsSpan().ContainsAnyExcept((byte)0), field, $"'{field}' is empty memory, not a hash.");
        return hash;
    }

    /// <summary>One that no password gives, to be checked where none was sent.</summary>
    public static byte[] NoAuthHash()
    {
        var hash = new byte[AuthHashSize];
        hash.AsSpan().Fill(1);
        return hash;
    }

    public static KdfWire Show(ReadOnlySpan<byte> parameters) =>
        new("argon2id", MemoryKib, Iterations, Parallelism, Base64Url.EncodeToString(parameters[SaltStart..]));
}
