using System.Net.Http.Headers;
using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Asks Google, in two steps: the account's signed proof gives an access token, which lists models. The private key is used once, when
/// this is made. Where the proof goes is fixed here: a file may name another address for it, and would send it to whoever wrote that.
/// </summary>
internal sealed class VertexQuestion : KeyQuestion
{
    public const string TokenOrigin = "https://oauth2.googleapis.com";

    private const string TokenPath = "/token";
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";
    private const string Path = "/v1beta1/publishers/google/models?pageSize=1";
    private const int LongestPem = 6 * 1024;
    private const int LongestAnswer = 16 * 1024;

    private readonly HttpMessageInvoker _client;
    private readonly string _dialled;
    private readonly string _dialledForTokens;
    private readonly byte[] _form;

    private VertexQuestion(HttpMessageInvoker client, string name, string dialled, string dialledForTokens, byte[] form)
        : base(name) =>
        (_client, _dialled, _dialledForTokens, _form) = (client, dialled, dialledForTokens, form);

    private static ReadOnlySpan<byte> FormStart => "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="u8;

    /// <returns>Null where the secret has not the form of docs/KP1.md, or its private key is none.</returns>
    public static VertexQuestion? Of(
        HttpMessageInvoker client, string name, string dialled, string dialledForTokens, ReadOnlySpan<byte> secret, DateTimeOffset now)
    {
        using var pem = new Wiped(GC.AllocateArray<byte>(LongestPem, pinned: true));
        var pemSize = 0;
        string? account = null, keyId = null;
        var reader = new Utf8JsonReader(secret);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth == 1)
            {
                if (reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals("serviceAccount"u8))
                    reader.Skip();
                continue;
            }
            var (isPem, isAccount, isKeyId) =
                (reader.ValueTextEquals("private_key"u8), reader.ValueTextEquals("client_email"u8), reader.ValueTextEquals("private_key_id"u8));
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                reader.Skip();
            else if (isPem && reader.ValueSpan.Length <= LongestPem)
                pemSize = reader.CopyString(pem.Bytes);
            else if (isAccount)
                account = reader.GetString();
            else if (isKeyId)
                keyId = reader.GetString();
        }
        if (account is null)
            return null;
        var proof = ServiceAccountProof.Make(pem.Bytes[..pemSize], account, keyId, Scope, TokenOrigin + TokenPath, now);
        if (proof is null)
            return null;
        using var wiped = new Wiped(proof);
        var form = GC.AllocateArray<byte>(FormStart.Length + proof.Length, pinned: true);
        FormStart.CopyTo(form);
        proof.CopyTo(form, FormStart.Length);
        return new VertexQuestion(client, name, dialled, dialledForTokens, form);
    }

    protected override void Wipe() => _form.AsSpan().Clear();

    protected override async Task<KeyTest> AskAsync(CancellationToken patience)
    {
        var room = GC.AllocateArray<byte>(LongestAnswer, pinned: true);
        try
        {
            var (status, size) = await ProveAsync(room, patience);
            var said = room.AsMemory(0, size);
            if (status is 400 or 401)
                return said.Span.IndexOf("short-lived token"u8) >= 0 ? KeyTest.WrongTime(Name) : KeyTest.Of(Name, status);
            if (status != 200)
                return KeyTest.Of(Name, status);
            using var bearer = BearerIn(said.Span);
            return bearer is null ? KeyTest.Unreachable(Name) : await ListAsync(bearer, patience);
        }
        finally
        {
            room.AsSpan().Clear();
        }
    }

    private async Task<(int Status, int Size)> ProveAsync(Memory<byte> room, CancellationToken patience)
    {
        using var request = NewRequest(HttpMethod.Post, new Uri(_dialledForTokens + TokenPath));
        request.Content = new ByteArrayContent(_form) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") } };
        using var response = await _client.SendAsync(request, patience);
        return ((int)response.StatusCode, await ReadAsync(response, room, patience));
    }

    private async Task<KeyTest> ListAsync(HeaderSecret bearer, CancellationToken patience)
    {
        using var request = NewRequest(HttpMethod.Get, new Uri(_dialled + Path));
        Put(request, bearer.Name, bearer.Value);
        using var response = await _client.SendAsync(request, patience);
        // Google gave a token for it, so the key is known, and a 400 is about something else.
        return (int)response.StatusCode is 400 and var status ? KeyTest.Unclear(Name, status) : KeyTest.Of(Name, (int)response.StatusCode);
    }

    private static HeaderSecret? BearerIn(ReadOnlySpan<byte> answer)
    {
        try
        {
            var reader = new Utf8JsonReader(answer);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                    continue;
                var isIt = reader.CurrentDepth == 1 && reader.ValueTextEquals("access_token"u8);
                reader.Read();
                if (isIt && reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped && KeyRules.IsSecret(KeyScheme.Bearer, reader.ValueSpan))
                    return HeaderSecret.Of(KeyScheme.Bearer, reader.ValueSpan);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Not Google's answer.
        }
        return null;
    }
}
