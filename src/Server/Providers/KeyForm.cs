using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>What somebody filled in for a key, as it came: the members of the form in the catalogue.</summary>
/// <param name="ApiKey">A JSON string; read as bytes, and never as a string of ours.</param>
/// <param name="Credentials">An object, or the same object as a string, or where the provider has both kinds an API key.</param>
internal sealed record FilledForm(
    string Provider, JsonElement? ApiKey, JsonElement? Credentials, string? BaseUrl, string? Endpoint, string? Region, JsonElement? Deployments);

/// <summary>
/// Reads a provider key that came in the clear: which name and origin it is sealed for, and the secret itself. What is wrong is said of
/// the field that is wrong, before anything is sealed.
/// </summary>
internal sealed partial class KeyForm : IDisposable
{
    private const int LongestSecret = 6 * 1024;

    /// <summary>Shorter beginnings are shared by vendors, and prove nothing.</summary>
    private const int TellingPrefix = 4;

    private static readonly SearchValues<char> Name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<byte> Capitals = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"u8);
    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);
    private static readonly SearchValues<byte> Small = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-:."u8);
    private static readonly SearchValues<byte> Address = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.@"u8);

    private delegate bool Fits(ReadOnlySpan<byte> text);

    private readonly FieldCheck _check;
    private readonly byte[] _room = GC.AllocateArray<byte>(LongestSecret, pinned: true);
    private int _size;

    private KeyForm(FieldCheck check) => _check = check;

    public string Provider { get; private set; } = "";
    public string Origin { get; private set; } = "";
    public KeyScheme Scheme { get; private set; }
    public ReadOnlySpan<byte> Secret => _room.AsSpan(0, _size);

    /// <summary>The caller asks the check whether it holds, and disposes of it in any case.</summary>
    public static KeyForm Read(FieldCheck check, FilledForm filled)
    {
        var form = new KeyForm(check);
        switch (filled.Provider)
        {
            case "azure":
                form.ReadAzure(filled);
                break;
            case "bedrock":
                form.ReadBedrock(filled);
                break;
            case "vertex":
                form.ReadVertex(filled);
                break;
            case "custom":
                form.ReadCustom(filled);
                break;
            default:
                form.ReadPlain(filled);
                break;
        }
        return form;
    }

    public static bool IsAwsRegion(string text) => AwsRegion().IsMatch(text);

    public static bool IsAwsAccessKey(ReadOnlySpan<byte> text) => text.Length is >= 16 and <= 128 && !text.ContainsAnyExcept(Capitals);

    public void Dispose() => _room.AsSpan().Clear();

    private void ReadPlain(FilledForm filled)
    {
        var known = ProviderCatalog.Find(filled.Provider);
        _check.Require(known?.Origin is not null, "provider", $"'{Shown(filled.Provider)}' is no provider of the list: GET /v1/providers has the names.");
        if (known?.Origin is null)
            return;
        (Provider, Origin, Scheme) = (known.Id, known.Origin, ProviderCatalog.SchemeOf(known));
        if (filled.ApiKey is null && !known.Fields[0].Required)
            SandboxHandler.UsualSecret.CopyTo(_room.AsSpan(0, _size = SandboxHandler.UsualSecret.Length)); // something must be sealed
        else
            ReadApiKey("apiKey", filled.ApiKey);
        RequireNoOthersKey(known);
    }

    private void ReadAzure(FilledForm filled)
    {
        (Provider, Scheme) = ("azure", KeyScheme.ApiKey);
        Origin = ReadOrigin("endpoint", filled.Endpoint, "https://example.openai.azure.com");
        ReadApiKey("apiKey", filled.ApiKey);
        _check.Require(filled.Deployments is not { } given || (given.ValueKind == JsonValueKind.Object
            && given.EnumerateObject().All(one =>
                IsDeployment(one.Name) && one.Value.ValueKind == JsonValueKind.String && IsDeployment(one.Value.GetString()!))),
            "deployments", "'deployments' takes an object: model name to deployment name, of letters, digits, '.', '_' and '-'.");
        if (_check.Refusal is null)
            Rewrite(json =>
            {
                json.WriteStartObject();
                json.WriteString("apiKey"u8, Secret);
                if (filled.Deployments is { } deployments)
                {
                    json.WritePropertyName("deployments"u8);
                    deployments.WriteTo(json);
                }
                json.WriteEndObject();
            });
    }

    private void ReadBedrock(FilledForm filled)
    {
        _check.Require(filled.Region is { } name && IsAwsRegion(name), "region", "'region' takes an AWS region, like us-east-1.");
        (Provider, Origin, Scheme) = ("bedrock", $"https://bedrock-runtime.{filled.Region}.amazonaws.com", KeyScheme.SigV4);
        if (filled.ApiKey is not null || filled.Credentials is { ValueKind: JsonValueKind.String } text && !IsObjectText(text))
        {
            ReadApiKey(filled.ApiKey is null ? "credentials" : "apiKey", filled.ApiKey ?? filled.Credentials);
            if (_check.Refusal is null)
                Rewrite(json =>
                {
                    json.WriteStartObject();
                    json.WriteString("region"u8, filled.Region);
                    json.WriteString("apiKey"u8, Secret);
                    json.WriteEndObject();
                });
            return;
        }
        ReadObject(filled.Credentials, credentials =>
        {
            var access = Member(credentials, "accessKeyId", IsAwsAccessKey, "an access key id: 16 to 128 capital letters and digits");
            var secret = Member(credentials, "secretAccessKey", IsAwsSecret, "a secret access key: 40 characters");
            var session = credentials.TryGetProperty("sessionToken", out var present) ? present : (JsonElement?)null;
            return json =>
            {
                json.WriteStartObject();
                Write(json, "accessKeyId", access);
                Write(json, "secretAccessKey", secret);
                if (session is { ValueKind: JsonValueKind.String })
                    Write(json, "sessionToken", session);
                json.WriteString("region"u8, filled.Region);
                json.WriteEndObject();
            };
        });
    }

    private void ReadVertex(FilledForm filled)
    {
        _check.Require(filled.Region is null or "global" || GoogleRegion().IsMatch(filled.Region),
            "region", "'region' takes a Google Cloud region, like europe-west4, or global.");
        (Provider, Scheme) = ("vertex", KeyScheme.GcpServiceAccount);
        Origin = filled.Region is null or "global" ? "https://aiplatform.googleapis.com" : $"https://{filled.Region}-aiplatform.googleapis.com";
        ReadObject(filled.Credentials, file =>
        {
            _check.Require(file.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("service_account"),
                "credentials.type", "'credentials.type' is not service_account: take the JSON file that Google Cloud made for a service account.");
            var project = Member(file, "project_id", IsGoogleProject, "the id of a project");
            var email = Member(file, "client_email", IsGoogleAddress, "the address of a service account");
            var id = file.TryGetProperty("private_key_id", out var present) ? present : (JsonElement?)null;
            var pem = file.TryGetProperty("private_key", out var found) && found.ValueKind == JsonValueKind.String ? found : (JsonElement?)null;
            _check.Require(pem is not null && Raw(pem.Value).StartsWith("\"-----BEGIN PRIVATE KEY-----"u8),
                "credentials.private_key", "'credentials.private_key' is not a private key in PEM.");
            return json =>
            {
                json.WriteStartObject();
                json.WriteStartObject("serviceAccount"u8);
                json.WriteString("type"u8, "service_account"u8);
                Write(json, "project_id", project);
                if (id is { ValueKind: JsonValueKind.String })
                    Write(json, "private_key_id", id);
                Write(json, "private_key", pem);
                Write(json, "client_email", email);
                json.WriteEndObject();
                Write(json, "project", project);
                if (filled.Region is not null)
                    json.WriteString("region"u8, filled.Region);
                json.WriteEndObject();
            };
        });
    }

    private void ReadCustom(FilledForm filled)
    {
        Scheme = KeyScheme.Bearer;
        Origin = ReadOrigin("baseUrl", filled.BaseUrl, "https://llm.example.com/v1", withPath: true);
        if (_check.Refusal is null && Uri.TryCreate(filled.BaseUrl, UriKind.Absolute, out var url))
        {
            Provider = "custom:" + (url.AbsolutePath == "/" ? "/v1" : url.AbsolutePath.TrimEnd('/'));
            _check.Require(KeyRules.IsProvider(Provider),
                "baseUrl", "The path of 'baseUrl' has a part that no API has: it looks like https://llm.example.com/v1.");
        }
        ReadApiKey("apiKey", filled.ApiKey);
    }

    /// <summary>Into the pinned room, without a string of ours in between.</summary>
    private void ReadApiKey(string field, JsonElement? given)
    {
        if (given is not { ValueKind: JsonValueKind.String } text)
        {
            _check.Require(false, field, $"'{field}' is missing: the provider's API key, as a string.");
            return;
        }
        var reader = new Utf8JsonReader(Raw(text));
        reader.Read();
        if (reader.ValueSpan.Length > LongestSecret)
        {
            _check.Require(false, field, $"'{field}' is longer than any API key.");
            return;
        }
        _size = reader.CopyString(_room);
        _check.Require(_size > 0, field, $"'{field}' is empty.");
        _check.Require(_size == 0 || (!IsSpace(_room[0]) && !IsSpace(_room[_size - 1])),
            field, $"'{field}' begins or ends with a space or a line break: copy it again, without.");
        _check.Require(_size == 0 || KeyRules.IsSecret(KeyScheme.Bearer, Secret),
            field, $"'{field}' has a character that no API key has (a space, a line break, or one outside ASCII): copy it again from the provider's page.");
    }

    /// <summary>The dearest mistake of all: a key pasted for the wrong vendor would be sent to that vendor.</summary>
    private void RequireNoOthersKey(Provider own)
    {
        foreach (var other in ProviderCatalog.All)
        {
            if (other.Id == own.Id || other.Prefix is not { Length: >= TellingPrefix } prefix || own.Prefix?.Length > prefix.Length)
                continue;
            _check.Require(!Secret.StartsWith(System.Text.Encoding.ASCII.GetBytes(prefix)), "apiKey",
                $"'apiKey' begins with {prefix}, as {other.Name}'s do: send it with the provider '{other.Id}', or copy the right one.");
        }
    }

    private string ReadOrigin(string field, string? text, string example, bool withPath = false)
    {
        var good = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && url.UserInfo.Length == 0
            && url.Query.Length == 0 && url.Fragment.Length == 0 && (withPath || url.AbsolutePath == "/");
        var origin = good ? url!.GetLeftPart(UriPartial.Authority) : "";
        _check.Require(good && KeyRules.IsOrigin(origin), field, $"'{field}' takes an https address, like {example}.");
        return origin;
    }

    private void ReadObject(JsonElement? given, Func<JsonElement, Action<Utf8JsonWriter>> read)
    {
        using var parsed = given is { ValueKind: JsonValueKind.String } text ? Parse(text) : null;
        var credentials = parsed?.RootElement ?? given;
        if (credentials is not { ValueKind: JsonValueKind.Object } found)
        {
            _check.Require(false, "credentials", "'credentials' takes a JSON object: the file's content, not its name.");
            return;
        }
        var write = read(found);
        if (_check.Refusal is null)
            Rewrite(write);
    }

    private JsonElement? Member(JsonElement parent, string name, Fits fits, string takes)
    {
        // As it was written, without its quotes: what needs escaping fits no form.
        var good = parent.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && fits(Raw(member)[1..^1]);
        _check.Require(good, $"credentials.{name}", $"'credentials.{name}' takes {takes}.");
        return good ? member : null;
    }

    private static void Write(Utf8JsonWriter json, string name, JsonElement? member)
    {
        json.WritePropertyName(name);
        member!.Value.WriteTo(json);
    }

    private void Rewrite(Action<Utf8JsonWriter> write)
    {
        var written = new ArrayBufferWriter<byte>(LongestSecret);
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            write(json);
        _check.Require(written.WrittenCount <= LongestSecret, "credentials", "'credentials' is longer than any provider's.");
        if (_check.Refusal is null)
        {
            written.WrittenSpan.CopyTo(_room);
            _size = written.WrittenCount;
        }
        written.Clear(); // zeroes
    }

    private static JsonDocument? Parse(JsonElement text)
    {
        // One string inside another: the only place where a credential is a string of the reader's for a moment.
        try
        {
            return JsonDocument.Parse(text.GetString()!, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsObjectText(JsonElement text) => Raw(text) is [_, (byte)'{', ..];

    private static ReadOnlySpan<byte> Raw(JsonElement element) => JsonMarshal.GetRawUtf8Value(element);

    private static bool IsSpace(byte one) => one is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static string Shown(string provider) => provider.Length <= 40 && !provider.Any(char.IsControl) ? provider : "…";

    private static bool IsDeployment(string text) => text.Length is > 0 and <= 100 && !text.AsSpan().ContainsAnyExcept(Name);

    private static bool IsAwsSecret(ReadOnlySpan<byte> text) => text.Length == 40 && !text.ContainsAnyExcept(Base64);

    private static bool IsGoogleProject(ReadOnlySpan<byte> text) => text.Length is >= 6 and <= 60 && !text.ContainsAnyExcept(Small);

    private static bool IsGoogleAddress(ReadOnlySpan<byte> text) => text.EndsWith(".gserviceaccount.com"u8) && text.Count((byte)'@') == 1
        && !text.ContainsAnyExcept(Address);

    [GeneratedRegex("^[a-z]{2,}(-[a-z]+)+-[0-9]+\\z")]
    private static partial Regex AwsRegion();

    [GeneratedRegex("^[a-z]+-[a-z]+[0-9]+\\z")]
    private static partial Regex GoogleRegion();
}
