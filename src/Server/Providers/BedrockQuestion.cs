using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Asks AWS which models there are: with an API key as it is; with an access key by a signature, so that the secret itself stays here. The
/// API that lists models is another one than the API that answers, with the same regions and keys.
/// </summary>
internal sealed class BedrockQuestion : KeyQuestion
{
    private const string Path = "/foundation-models";
    private const int MostRead = 4096;

    /// <summary>Of the answers 403, those that mean the key. The others mean what it may do.</summary>
    private static readonly HashSet<string> NotKnown = new(StringComparer.Ordinal)
    {
        "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
        "IncompleteSignatureException", "MissingAuthenticationTokenException", "ExpiredTokenException",
    };

    private readonly HttpMessageInvoker _client;
    private readonly Uri _address;
    private readonly IReadOnlyList<(string Name, string Value)> _signature;
    private readonly HeaderSecret? _secret;

    private BedrockQuestion(HttpMessageInvoker client, string name, Uri address, IReadOnlyList<(string, string)> signature, HeaderSecret? secret)
        : base(name) =>
        (_client, _address, _signature, _secret) = (client, address, signature, secret);

    /// <param name="dialled">AWS takes a signature only for the host that it was asked as.</param>
    /// <returns>Null where the secret has not the form of docs/KP1.md.</returns>
    public static BedrockQuestion? Of(HttpMessageInvoker client, string name, string dialled, string region, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        var address = new Uri(dialled + Path);
        var apiKey = Member(secret, "apiKey"u8);
        if (KeyRules.IsSecret(KeyScheme.Bearer, apiKey))
            return new BedrockQuestion(client, name, address, [], HeaderSecret.Of(KeyScheme.Bearer, apiKey));
        var caller = new SigV4.AccessKey(Member(secret, "accessKeyId"u8), Member(secret, "secretAccessKey"u8), Member(secret, "sessionToken"u8));
        var isWhole = KeyForm.IsAwsAccessKey(caller.Id) && KeyRules.IsSecret(KeyScheme.Bearer, caller.Secret)
            && (caller.Session.IsEmpty || KeyRules.IsSecret(KeyScheme.Bearer, caller.Session));
        if (!isWhole)
            return null;
        var signature = SigV4.Authorize(caller, region, "bedrock", address.Authority, Path, now);
        var session = caller.Session.IsEmpty ? null : HeaderSecret.Named("x-amz-security-token", caller.Session);
        return new BedrockQuestion(client, name, address, [("x-amz-date", SigV4.Stamp(now)), ("Authorization", signature)], session);
    }

    protected override void Wipe() => _secret?.Dispose();

    protected override async Task<KeyTest> AskAsync(CancellationToken patience)
    {
        using var request = NewRequest(HttpMethod.Get, _address);
        foreach (var (name, value) in _signature)
            Put(request, name, value);
        if (_secret is not null)
            Put(request, _secret.Name, _secret.Value);
        using var response = await _client.SendAsync(request, patience);
        var status = (int)response.StatusCode;
        if (status is not (400 or 401 or 403))
            return KeyTest.Of(Name, status);
        var text = new byte[MostRead];
        var size = await ReadAsync(response, text, patience);
        return Told(status, response.Headers.TryGetValues("x-amzn-ErrorType", out var kinds) ? kinds.First() : "", text.AsSpan(0, size));
    }

    private KeyTest Told(int status, string kind, ReadOnlySpan<byte> text)
    {
        // What stands behind the colon is an address.
        var isNotKnown = NotKnown.Contains(kind.Split(':')[0]);
        if (isNotKnown && (text.IndexOf("Signature expired"u8) >= 0 || text.IndexOf("Signature not yet current"u8) >= 0))
            return KeyTest.WrongTime(Name);
        // An API key that is none is refused like one that may not, in these words.
        if (isNotKnown || status == 401 || text.IndexOf("Authentication failed"u8) >= 0 || text.IndexOf("Invalid API Key"u8) >= 0)
            return KeyTest.NotKnownIn(Name);
        return status == 400 ? KeyTest.Unclear(Name, status) : KeyTest.Of(Name, status);
    }

    private static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(secret);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
                return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped ? reader.ValueSpan : [];
            reader.Skip();
        }
        return [];
    }
}
