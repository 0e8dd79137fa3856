using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace KeyPass.Server.Sealing;

/// <summary>
/// How a Google service account says who it is: a JWT that it signed (RFC 7523, RS256), for which Google gives an access token. Whoever
/// has one can be the account for minutes, so it is bytes that its holder wipes.
/// </summary>
internal static class ServiceAccountProof
{
    /// <summary>Google makes 2048 bits. More than this only costs us time.</summary>
    private const int MostBits = 4096;
    private const int LeastBits = 2048;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <param name="pem">The private key as the account's file has it.</param>
    /// <param name="keyId">Which of the account's keys that is, where the file says so.</param>
    /// <returns>ASCII, pinned; null where the PEM holds no RSA key that Google could have made.</returns>
    public static byte[]? Make(ReadOnlySpan<byte> pem, string account, string? keyId, string scope, string audience, DateTimeOffset at)
    {
        var text = GC.AllocateArray<char>(pem.Length, pinned: true);
        try
        {
            Encoding.ASCII.GetChars(pem, text);
            using var pair = RSA.Create();
            pair.ImportFromPem(text);
            if (pair.KeySize is < LeastBits or > MostBits) // check: as Google makes them
                return null;
            return Sign(pair, Head(keyId), Claims(account, scope, audience, at));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            return null;
        }
        finally
        {
            text.AsSpan().Clear();
        }
    }

    private static byte[] Sign(RSA pair, byte[] head, byte[] claims)
    {
        var signature = new byte[pair.KeySize / 8];
        var (headSize, claimsSize) = (Base64Url.GetEncodedLength(head.Length), Base64Url.GetEncodedLength(claims.Length));
        var proof = GC.AllocateArray<byte>(headSize + 1 + claimsSize + 1 + Base64Url.GetEncodedLength(signature.Length), pinned: true);
        Base64Url.EncodeToUtf8(head, proof);
        proof[headSize] = (byte)'.';
        Base64Url.EncodeToUtf8(claims, proof.AsSpan(headSize + 1));
        var signed = proof.AsSpan(0, headSize + 1 + claimsSize);
        pair.SignData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        proof[signed.Length] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, proof.AsSpan(signed.Length + 1));
        return proof;
    }

    private static byte[] Head(string? keyId) => Json(json =>
    {
        json.WriteString("alg"u8, "RS256"u8);
        json.WriteString("typ"u8, "JWT"u8);
        if (keyId is not null)
            json.WriteString("kid"u8, keyId);
    });

    private static byte[] Claims(string account, string scope, string audience, DateTimeOffset at) => Json(json =>
    {
        json.WriteString("iss"u8, account);
        json.WriteString("scope"u8, scope);
        json.WriteString("aud"u8, audience);
        json.WriteNumber("iat"u8, at.ToUnixTimeSeconds());
        json.WriteNumber("exp"u8, (at + Life).ToUnixTimeSeconds());
    });

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        var written = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(written))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return written.WrittenSpan.ToArray();
    }
}
