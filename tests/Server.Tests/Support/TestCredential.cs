using System.Text;

namespace KeyPass.Server.Tests.Support;

/// <summary>Credentials as somebody writes them who knows the format (docs/KP1.md) and has no secret.</summary>
internal static class TestCredential
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Prefix and 43 letters, with the CRC-32 of them in base 62.</summary>
    public static string WithChecksum(string text)
    {
        var crc = uint.MaxValue;
        foreach (var letter in Encoding.ASCII.GetBytes(text))
        {
            crc ^= letter;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB8_8320);
        }
        crc = ~crc;
        var checksum = new char[6];
        for (var at = checksum.Length - 1; at >= 0; at--, crc /= 62)
            checksum[at] = Alphabet[(int)(crc % 62)];
        return text + new string(checksum);
    }
}
