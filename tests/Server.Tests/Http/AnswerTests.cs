using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Http;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Http;

public sealed class AnswerTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/nowhere")]
    [InlineData("/v1/probe/fail")]
    [InlineData("/v1/probe/things/1")]
    public async Task Every_answer_carries_a_request_id_and_the_security_headers(string path)
    {
        using var response = await _server.Client.GetAsync(path);

        Assert.Matches("^req_[0-9a-f]{32}$", response.Headers.GetValues(RequestId.Header).Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.Contains("frame-ancestors 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task The_request_id_in_a_refusal_is_the_one_in_the_header()
    {
        using var response = await _server.Client.GetAsync("/nowhere");

        var error = await ErrorOf(response);
        Assert.Equal(response.Headers.GetValues(RequestId.Header).Single(), error.GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task An_unknown_address_is_404_in_the_envelope()
    {
        using var response = await _server.Client.GetAsync("/v1/nothing");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("not_found", (await ErrorOf(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_wrong_method_is_405_and_says_which_are_right()
    {
        using var response = await _server.Client.PostAsync("/healthz", content: null);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("GET", (await ErrorOf(response)).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_of_ours_is_500_without_its_reason()
    {
        using var response = await _server.Client.GetAsync("/v1/probe/fail");

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("internal_error", body, StringComparison.Ordinal);
        Assert.DoesNotContain("on purpose", body, StringComparison.Ordinal);
        Assert.Contains(Recording.Logs, line => line.Contains("the probe fails on purpose", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_400_and_names_the_field()
    {
        using var response = await Post("/v1/probe/echo", """{"name":"a","inner":{"name":"b","count":"three"}}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = await ErrorOf(response);
        Assert.Equal("invalid_request", error.GetProperty("code").GetString());
        Assert.Equal("inner.count", error.GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_missing_member_is_400_and_named()
    {
        using var response = await Post("/v1/probe/echo", """{"count":1}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("name", (await ErrorOf(response)).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_given_twice_is_refused()
    {
        using var response = await Post("/v1/probe/echo", """{"name":"a","name":"b"}""");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task An_unknown_member_is_ignored()
    {
        using var response = await Post("/v1/probe/echo", """{"name":"a","later":true}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"\ud800"}""")]
    [InlineData("""{"name":"\udc00\ud800"}""")]
    [InlineData("""{"\ud800":"a"}""")]
    public async Task A_lone_surrogate_is_400(string body)
    {
        using var response = await Post("/v1/probe/echo", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_says_where_it_goes_wrong()
    {
        using var response = await Post("/v1/probe/echo", "{\n  \"name\": \"a\",\n  oops\n}");

        var error = await ErrorOf(response);
        Assert.Equal("invalid_json", error.GetProperty("code").GetString());
        Assert.Contains("line 3", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_beyond_the_limit_is_400()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"name\":\"a\",\"inner\":", 80)) + "null" + new string('}', 80);

        using var response = await Post("/v1/probe/echo", deep);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        using var response = await Post("/v1/probe/echo", $$"""{"name":"{{new string('a', Limits.BodyBytes)}}"}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("body_too_large", (await ErrorOf(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Another_content_type_is_415()
    {
        using var response = await _server.Client.PostAsync("/v1/probe/echo", new StringContent("name=a", Encoding.UTF8, "application/x-www-form-urlencoded"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("unsupported_media_type", (await ErrorOf(response)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/v1/probe/search")]
    [InlineData("/v1/probe/search?limit=many")]
    public async Task A_missing_or_malformed_query_value_is_400_and_named(string path)
    {
        using var response = await _server.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var message = (await ErrorOf(response)).GetProperty("message").GetString();
        Assert.Contains("limit", message, StringComparison.Ordinal);
        Assert.DoesNotContain("many", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_OpenAI_route_refuses_in_OpenAIs_words()
    {
        using var response = await Post("/v1/probe/openai", "{");

        var error = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal("invalid_json", error.GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
    }

    [Fact]
    public async Task An_Anthropic_route_refuses_in_Anthropics_words()
    {
        using var response = await Post("/v1/probe/anthropic", "{");

        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("error", body.GetProperty("type").GetString());
        Assert.Equal("invalid_request_error", body.GetProperty("error").GetProperty("type").GetString());
        Assert.StartsWith("req_", body.GetProperty("request_id").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Anthropic_client_at_an_unknown_address_is_told_in_its_own_words()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/nothing") { Headers = { { "anthropic-version", "2023-06-01" } } };

        using var response = await _server.Client.SendAsync(request);

        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("not_found_error", body.GetProperty("error").GetProperty("type").GetString());
    }

    private Task<HttpResponseMessage> Post(string path, string json) =>
        _server.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    private static async Task<JsonElement> ErrorOf(HttpResponseMessage response)
    {
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(body.GetProperty("success").GetBoolean());
        return body.GetProperty("error");
    }
}
