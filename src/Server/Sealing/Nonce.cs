using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace KeyPass.Server.Sealing;

/// <summary>12 bytes of AES-GCM. A type of its own, so that nothing else can be passed for one; given by hand only to meet the vectors.</summary>
[InlineArray(Size)]
internal struct Nonce
{
    public const int Size = 12;

    private byte _first;

    public static Nonce Fresh()
    {
        var nonce = default(Nonce);
        RandomNumberGenerator.Fill(nonce);
        return nonce;
    }
}
