using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace KeyPass.Server.Sealing;

/// <summary>
/// A provider key on its way into one outgoing header. HTTP clients take strings only, so this is the one string a key ever is: made
/// here, owned by nobody else, and overwritten on dispose, which comes once the answer's headers have arrived. Until then it stays in its
/// place: a collector that moves it would leave a copy behind that nobody overwrites.
/// </summary>
internal sealed class HeaderSecret : IDisposable
{
    private GCHandle _pin;

    private HeaderSecret(string name, int length)
    {
        (Name, Value) = (name, new string('\0', length));
        _pin = GCHandle.Alloc(Value, GCHandleType.Pinned);
    }

    public string Name { get; }

    public string Value { get; }

    private Span<char> Room => MemoryMarshal.AsMemory(Value.AsMemory()).Span;

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

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(Room));
        if (_pin.IsAllocated)
            _pin.Free();
    }

    public override string ToString() => Name + ": …";

    private static HeaderSecret Of(string name, string prefix, scoped ReadOnlySpan<byte> secret)
    {
        if (!KeyRules.IsSecret(KeyScheme.Bearer, secret)) // check: no character splits a request
            throw new SealBroken();
        // string.Create's state cannot be a span; the characters are written once, into a string that nobody has seen yet.
        var header = new HeaderSecret(name, prefix.Length + secret.Length);
        prefix.CopyTo(header.Room);
        Encoding.ASCII.GetChars(secret, header.Room[prefix.Length..]);
        return header;
    }
}
