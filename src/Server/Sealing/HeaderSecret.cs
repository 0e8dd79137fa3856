using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// A provider key on its way into one outgoing header. HTTP clients take strings only, so this is the one string a key ever is: made
/// here, owned by nobody else, and overwritten on dispose, which comes once the answer's headers have arrived.
/// </summary>
internal sealed class HeaderSecret : IDisposable
{
    private HeaderSecret(string name, string value) => (Name, Value) = (name, value);

    public string Name { get; }

    public string Value { get; }

    /// <summary>For the schemes that are a header; the others sign, and have none of their own.</summary>
    public static HeaderSecret Of(KeyScheme scheme, scoped ReadOnlySpan<byte> secret)
    {
        var (name, prefix) = scheme switch
        {
            KeyScheme.Bearer => ("Authorization", "Bearer "),
            KeyScheme.XApiKey => ("x-api-key", ""),
            KeyScheme.XGoogApiKey => ("x-goog-api-key", ""),
            KeyScheme.ApiKey => ("api-key", ""),
            _ => throw new SealBroken(), // no check: callers ask IsHeader first
        };
        return Of(name, prefix, secret);
    }

    /// <summary>What goes beside a signature: the session of a passing AWS access key.</summary>
    public static HeaderSecret Named(string name, scoped ReadOnlySpan<byte> secret) => Of(name, "", secret);

    public static bool IsHeader(KeyScheme scheme) => scheme is KeyScheme.Bearer or KeyScheme.XApiKey or KeyScheme.XGoogApiKey or KeyScheme.ApiKey;

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(MemoryMarshal.AsMemory(Value.AsMemory()).Span));

    public override string ToString() => Name + ": …";

    private static HeaderSecret Of(string name, string prefix, scoped ReadOnlySpan<byte> secret)
    {
        if (!KeyRules.IsSecret(KeyScheme.Bearer, secret)) // check: no character splits a request
            throw new SealBroken();
        // string.Create's state cannot be a span; the characters are written once, into a string that nobody has seen yet.
        var value = new string('\0', prefix.Length + secret.Length);
        var room = MemoryMarshal.AsMemory(value.AsMemory()).Span;
        prefix.CopyTo(room);
        Encoding.ASCII.GetChars(secret, room[prefix.Length..]);
        return new HeaderSecret(name, value);
    }
}
