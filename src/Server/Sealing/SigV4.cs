using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// AWS Signature Version 4, for requests without body and query: the secret stays here, and what leaves is good for one request in the
/// next minutes. (AWS Identity and Access Management, "Create a signed AWS API request".)
/// </summary>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>SHA-256 of nothing.</summary>
    private const string NoBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>An access key. Without a session token it is a lasting one.</summary>
    internal readonly ref struct AccessKey(ReadOnlySpan<byte> id, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> session)
    {
        public ReadOnlySpan<byte> Id { get; } = id;
        public ReadOnlySpan<byte> Secret { get; } = secret;
        public ReadOnlySpan<byte> Session { get; } = session;
    }

    /// <summary>As <c>x-amz-date</c> says it.</summary>
    public static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The <c>Authorization</c> of a GET with the headers host, x-amz-date and, with a session, x-amz-security-token.</summary>
    /// <param name="host">As it will be sent, with its port where that is not the scheme's own.</param>
    /// <param name="path">Of letters, digits, '-' and '/': others would have to be escaped twice.</param>
    public static string Authorize(AccessKey caller, string region, string service, string host, string path, DateTimeOffset at)
    {
        var stamp = Stamp(at);
        var signed = caller.Session.IsEmpty ? "host;x-amz-date" : "host;x-amz-date;x-amz-security-token";
        using var canonical = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        canonical.AppendData(Encoding.ASCII.GetBytes($"GET\n{path}\n\nhost:{host}\nx-amz-date:{stamp}\n"));
        if (!caller.Session.IsEmpty)
        {
            canonical.AppendData("x-amz-security-token:"u8);
            canonical.AppendData(caller.Session);
            canonical.AppendData("\n"u8);
        }
        canonical.AppendData(Encoding.ASCII.GetBytes($"\n{signed}\n{NoBody}"));
        var scope = $"{stamp[..8]}/{region}/{service}/aws4_request";
        var signature = Sign(caller.Secret, stamp, scope, canonical.GetHashAndReset());
        return $"{Algorithm} Credential={Encoding.ASCII.GetString(caller.Id)}/{scope}, SignedHeaders={signed}, Signature={signature}";
    }

    /// <summary>The signature in hex: an HMAC under a secret derived for one day, region and service.</summary>
    public static string Sign(ReadOnlySpan<byte> secret, string stamp, string scope, ReadOnlySpan<byte> canonicalHash)
    {
        var first = "AWS4"u8;
        using var room = new Wiped(GC.AllocateArray<byte>(first.Length + secret.Length, pinned: true));
        first.CopyTo(room.Bytes);
        secret.CopyTo(room.Bytes[first.Length..]);
        using var derived = new Wiped(stackalloc byte[HMACSHA256.HashSizeInBytes]);
        scoped ReadOnlySpan<byte> under = room.Bytes;
        foreach (var part in scope.Split('/'))
        {
            HMACSHA256.HashData(under, Encoding.ASCII.GetBytes(part), derived.Bytes);
            under = derived.Bytes;
        }
        var text = $"{Algorithm}\n{stamp}\n{scope}\n{Convert.ToHexStringLower(canonicalHash)}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(under, Encoding.ASCII.GetBytes(text)));
    }
}
