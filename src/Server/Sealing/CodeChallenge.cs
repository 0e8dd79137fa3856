using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>RFC 7636, S256 only: whoever ends a link shows that he began it.</summary>
internal static class CodeChallenge
{
    public const int Size = SHA256.HashSizeInBytes;

    private const int ShortestVerifier = 43;
    private const int LongestVerifier = 128;

    public static bool Matches(ReadOnlySpan<byte> challenge, string? verifier)
    {
        if (verifier is not { Length: >= ShortestVerifier and <= LongestVerifier }) // check: verifier's length
            return false;
        return CryptographicOperations.FixedTimeEquals(challenge, SHA256.HashData(Encoding.UTF8.GetBytes(verifier))); // check: verifier
    }
}
