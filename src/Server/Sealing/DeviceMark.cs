using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// What a browser that signed in before shows, so that guesses from elsewhere do not slow it down. It opens nothing and signs nobody
/// in; the database holds its hash.
/// </summary>
internal static class DeviceMark
{
    private const int Size = 32;

    public static string Fresh()
    {
        Span<byte> mark = stackalloc byte[Size];
        RandomNumberGenerator.Fill(mark);
        return Base64Url.EncodeToString(mark);
    }

    public static byte[] Hash(string mark) => SHA256.HashData(Encoding.UTF8.GetBytes(mark));
}
