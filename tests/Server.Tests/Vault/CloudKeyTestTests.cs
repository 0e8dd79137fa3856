using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Vault;

/// <summary>Trying keys that are not sent but sign. The providers here check the signatures by code of their own, as AWS and Google would.</summary>
public sealed class CloudKeyTestTests(TestCluster cluster) : IAsyncLifetime
{
    private const string AwsId = "AKIAIOSFODNN7EXAMPLE";
    private const string AwsSecret = "CANARY-c3f1+wJalrXUtnFEMIK7MDENGbPxRfiCY";
    private const string AwsSession = "FwoGZXIvYXdzEXAMPLE/session+CANARY-c3f1==";
    private const string Bedrock = "https://bedrock-runtime.eu-central-1.amazonaws.com";
    private const string Vertex = "https://europe-west4-aiplatform.googleapis.com";
    private const string GoogleToken = "ya29.CANARY-c3f1-access";

    private static readonly RSA Account = RSA.Create(2048);
    private static readonly JsonSerializerOptions AsBrowsersWrite = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TestAccount _owner = new("ana");
    private FakeProvider _aws = null!;
    private FakeProvider _google = null!;
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;

    public async ValueTask InitializeAsync()
    {
        (_aws, _google) = (await FakeProvider.StartAsync(), await FakeProvider.StartAsync());
        (_aws.Answer, _google.Answer) = (AnswerAsAwsAsync, AnswerAsGoogleAsync);
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings:
            [("KeyPass:Providers:bedrock:Origin", _aws.Address), ("KeyPass:Providers:vertex:Origin", _google.Address)]);
        _ana = _server.NewClient();
        await _owner.RegisterAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
        await _aws.DisposeAsync();
        await _google.DisposeAsync();
    }

    [Fact]
    public async Task An_access_key_of_AWS_signs_and_its_secret_stays_here()
    {
        Assert.Equal("ok", await TestAsync("bedrock", Bedrock, AccessKey(AwsSecret)));
        Assert.Equal("ok", await TestAsync("bedrock", Bedrock, AccessKey(AwsSecret, AwsSession)));

        Assert.Equal(2, _aws.Requests.Count);
        Assert.All(_aws.Requests, asked => Assert.Equal("GET /foundation-models", asked.Line));
        Assert.Equal(AwsSession, _aws.Requests.Last().Headers["x-amz-security-token"]);
        Assert.DoesNotContain(_aws.Requests, asked => asked.Headers.Values.Any(value => value.Contains(AwsSecret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_access_key_whose_secret_is_another_is_not_known() =>
        Assert.Equal("invalid", await TestAsync("bedrock", Bedrock, AccessKey("0" + AwsSecret[1..])));

    [Fact]
    public async Task An_API_key_of_Bedrock_is_sent_as_it_is()
    {
        Assert.Equal("ok", await TestAsync("bedrock", Bedrock, Json(new { region = "eu-central-1", apiKey = Canary.ProviderKey })));
        Assert.Equal("Bearer " + Canary.ProviderKey, Assert.Single(_aws.Requests).Headers["Authorization"]);
        Assert.Equal("invalid", await TestAsync("bedrock", Bedrock, Json(new { region = "eu-central-1", apiKey = Canary.ProviderKey + "x" })));
    }

    [Theory]
    [InlineData(403, "AccessDeniedException:http://internal.amazon.com/", "User: arn:aws:iam::1:user/x is not authorized to perform this", "no_permission")]
    [InlineData(403, "UnrecognizedClientException", "The security token included in the request is invalid.", "invalid")]
    [InlineData(403, "ExpiredTokenException", "The security token included in the request is expired", "invalid")]
    [InlineData(403, "InvalidSignatureException", "Signature expired: 20150830T123600Z is now earlier than 20150830T124000Z", "unreachable")]
    [InlineData(400, "ValidationException", "something else", "unreachable")]
    [InlineData(429, "ThrottlingException", "Rate exceeded", "rate_limited")]
    [InlineData(500, "InternalServerException", "", "unreachable")]
    public async Task What_AWS_means_by_its_answers_is_told_in_words(int status, string kind, string message, string told)
    {
        _aws.Answer = context => RefuseAsync(context, status, kind, message);
        Assert.Equal(told, await TestAsync("bedrock", Bedrock, AccessKey(AwsSecret)));
    }

    [Fact]
    public async Task A_service_account_proves_itself_where_Google_gives_tokens_whatever_address_its_file_names()
    {
        Assert.Equal("ok", await TestAsync("vertex", Vertex, ServiceAccount(Account)));

        Assert.Equal(["POST /token", "GET /v1beta1/publishers/google/models?pageSize=1"], _google.Requests.Select(asked => asked.Line));
        Assert.DoesNotContain(_google.Requests, asked => asked.Text.Contains("PRIVATE", StringComparison.Ordinal));
        Assert.Empty(_aws.Connections); // the address in the file
    }

    [Fact]
    public async Task A_service_account_that_Google_no_longer_has_is_not_known()
    {
        using var another = RSA.Create(2048);
        Assert.Equal("invalid", await TestAsync("vertex", Vertex, ServiceAccount(another)));
        Assert.Equal("POST /token", Assert.Single(_google.Requests).Line);
    }

    [Theory]
    [InlineData(200, 403, "no_permission")]
    [InlineData(200, 429, "rate_limited")]
    [InlineData(200, 400, "unreachable")]
    [InlineData(400, 200, "invalid")]
    [InlineData(503, 200, "unreachable")]
    [InlineData(302, 200, "unreachable")]
    public async Task What_Google_means_by_its_answers_is_told_in_words(int proved, int listed, string told)
    {
        _google.Answer = async context =>
        {
            context.Response.StatusCode = context.Request.Path == "/token" ? proved : listed;
            await context.Response.WriteAsync(proved == 200 ? $$"""{"access_token":"{{GoogleToken}}"}""" : """{"error":"invalid_grant"}""");
        };
        Assert.Equal(told, await TestAsync("vertex", Vertex, ServiceAccount(Account)));
    }

    [Theory]
    [InlineData("""{"error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}""", 400)]
    [InlineData("""{"access_token":"one\r\nHost: evil"}""", 200)]
    [InlineData("""{"access_token":["ya29"]}""", 200)]
    [InlineData("not json", 200)]
    public async Task An_answer_that_is_not_about_the_key_says_nothing_about_it(string answer, int status)
    {
        _google.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(answer);
        };
        Assert.Equal("unreachable", await TestAsync("vertex", Vertex, ServiceAccount(Account)));
        Assert.Single(_google.Requests);
    }

    [Theory]
    [InlineData("bedrock", Bedrock, """{"region":"eu-central-1"}""")]
    [InlineData("bedrock", Bedrock, """{"accessKeyId":"a\r\nHost: evil","secretAccessKey":"x","region":"eu-central-1"}""")]
    [InlineData("bedrock", Bedrock, """{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","secretAccessKey":"x","sessionToken":"a b","region":"eu-central-1"}""")]
    [InlineData("vertex", Vertex, """{"serviceAccount":{"client_email":"x","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}}""")]
    [InlineData("vertex", Vertex, """{"serviceAccount":{"client_email":"x"},"private_key":"elsewhere"}""")]
    public async Task What_is_no_key_at_all_is_told_so_and_nothing_is_sent(string provider, string origin, string secret)
    {
        Assert.Equal("invalid", await TestAsync(provider, origin, secret));
        Assert.Empty(_aws.Connections);
        Assert.Empty(_google.Connections);
    }

    [Fact]
    public async Task A_region_that_is_none_makes_no_address()
    {
        Assert.Equal("not_testable", await TestAsync("bedrock", "https://bedrock-runtime.evil.amazonaws.com", AccessKey(AwsSecret)));
        Assert.Empty(_aws.Connections);
    }

    private async Task<string> TestAsync(string provider, string origin, string secret)
    {
        var held = await _owner.Vault.AddKeyAsync(_ana, provider, origin, secret);
        using var response = await _ana.PostAsJsonAsync($"/v1/keys/{held.Id:N}/test", _owner.Vault.NewGrant(CredentialKind.VirtualKey, "test", [], held).Body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var data = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
        Assert.NotEmpty(data.GetProperty("message").GetString()!);
        return data.GetProperty("status").GetString()!;
    }

    private static string AccessKey(string secret, string? session = null) => session is null
        ? Json(new { accessKeyId = AwsId, secretAccessKey = secret, region = "eu-central-1" })
        : Json(new { accessKeyId = AwsId, secretAccessKey = secret, sessionToken = session, region = "eu-central-1" });

    /// <summary>As a browser seals it: the file as Google made it, with an address that somebody else put in.</summary>
    private string ServiceAccount(RSA pair) => Json(new
    {
        serviceAccount = new
        {
            type = "service_account", project_id = "my-project", private_key_id = "0123abcd", private_key = pair.ExportPkcs8PrivateKeyPem(),
            client_email = "robot@my-project.iam.gserviceaccount.com", token_uri = _aws.Address + "/token",
        },
        project = "my-project",
        region = "europe-west4",
    });

    private static string Json(object value) => JsonSerializer.Serialize(value, AsBrowsersWrite);

    private async Task AnswerAsAwsAsync(HttpContext context)
    {
        var given = context.Request.Headers.Authorization.ToString();
        if (given.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            if (given != "Bearer " + Canary.ProviderKey)
                await RefuseAsync(context, 403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.");
            return;
        }
        if (given != AwsSide.Sign(context.Request, AwsId, AwsSecret, "eu-central-1"))
            await RefuseAsync(context, 403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.");
    }

    private async Task AnswerAsGoogleAsync(HttpContext context)
    {
        if (context.Request.Path != "/token")
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer " + GoogleToken ? 200 : 401;
            return;
        }
        var form = HttpUtility.ParseQueryString(_google.Requests.Last().Text);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", form["grant_type"]);
        var parts = form["assertion"]!.Split('.');
        var signed = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;
        var isKnown = Account.VerifyData(signed, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            && claims.GetProperty("iss").GetString() == "robot@my-project.iam.gserviceaccount.com"
            && claims.GetProperty("aud").GetString() == "https://oauth2.googleapis.com/token"
            && JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])).RootElement.GetProperty("kid").GetString() == "0123abcd";
        context.Response.StatusCode = isKnown ? 200 : 400;
        await context.Response.WriteAsync(isKnown
            ? $$"""{"scope":{"access_token":"no"},"access_token":"{{GoogleToken}}","expires_in":3599,"token_type":"Bearer"}"""
            : """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""");
    }

    private static Task RefuseAsync(HttpContext context, int status, string kind, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-amzn-ErrorType"] = kind;
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { message }));
    }
}
