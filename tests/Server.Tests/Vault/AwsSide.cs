using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

#pragma warning disable RS0030 // The other side of a signature, which is to owe nothing to the code that made it.

namespace KeyPass.Server.Tests.Vault;

/// <summary>How AWS checks a signature, from what arrived: code of its own, so that it does not repeat a mistake of ours.</summary>
internal static class AwsSide
{
    public static string Sign(HttpRequest request, string id, string secret, string region)
    {
        var (stamp, session) = (request.Headers["x-amz-date"].ToString(), request.Headers["x-amz-security-token"].ToString());
        var lines = new List<string> { "GET", request.Path.Value!, "", "host:" + request.Host, "x-amz-date:" + stamp };
        if (session.Length > 0)
            lines.Add("x-amz-security-token:" + session);
        var names = session.Length > 0 ? "host;x-amz-date;x-amz-security-token" : "host;x-amz-date";
        lines.AddRange(["", names, Hex(SHA256.HashData([]))]);
        var scope = $"{stamp[..8]}/{region}/bedrock/aws4_request";
        var text = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))}";
        var derived = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secret), (under, part) => HMACSHA256.HashData(under, Encoding.UTF8.GetBytes(part)));
        var signature = Hex(HMACSHA256.HashData(derived, Encoding.UTF8.GetBytes(text)));
        return $"AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
