using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Gateway;

public sealed class ProxyCallTests(TestCluster cluster)
{
    private const string Ask = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say hello."}]}""";

    private const string Said = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":
        {"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}
        """;

    [Fact]
    public async Task A_call_reaches_the_provider_byte_for_byte_under_the_provider_key_and_its_answer_comes_back_so()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Said);

        using var answer = await run.PostAsync(
            "/v1/chat/completions", Ask, ("OpenAI-Beta", "assistants=v2"), ("Cookie", "a=b"), ("X-Forwarded-For", "1.2.3.4"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(Said, await answer.Content.ReadAsStringAsync());
        var asked = Assert.Single(run.Provider.Requests);
        Assert.Equal("POST /v1/chat/completions", asked.Line);
        Assert.Equal(Ask, asked.Text);
        Assert.Equal("Bearer " + run.Held.Text, asked.Headers["Authorization"]);
        Assert.Equal("assistants=v2", asked.Headers["OpenAI-Beta"]);
        Assert.DoesNotContain("Cookie", asked.Headers.Keys);
        Assert.DoesNotContain("X-Forwarded-For", asked.Headers.Keys);
        Assert.DoesNotContain(asked.Headers.Values, value => value.Contains(run.Key.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_receipt_says_what_it_cost_and_nothing_that_was_said()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { tags = new[] { "team-a" } });
        run.Answers(Said);

        using var answer = await run.PostAsync("/v1/chat/completions", Ask);
        var receipt = await run.ReceiptAsync(answer);

        Assert.Equal("gpt-4o-mini", receipt.GetProperty("model").GetString());
        Assert.Equal("gpt-4o-mini-2024-07-18", receipt.GetProperty("servedModel").GetString());
        Assert.Equal(11, receipt.GetProperty("inputTokens").GetInt64());
        Assert.Equal(3, receipt.GetProperty("outputTokens").GetInt64());
        // 11 × 0.15 $/M and 3 × 0.60 $/M.
        Assert.Equal(11 * 150 + 3 * 600, receipt.GetProperty("costNanoUsd").GetInt64());
        Assert.Equal("exact", receipt.GetProperty("exactness").GetString());
        Assert.Equal(["team-a"], receipt.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.DoesNotContain("hello", receipt.GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_stream_comes_event_by_event_and_the_usage_we_asked_for_is_not_shown()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var go = new TaskCompletionSource();
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"model\":\"gpt-4o-mini\",\"choices\":[{\"delta\":{\"content\":\"Hel\"}}],\"usage\":null}\n\n");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("data: {\"model\":\"gpt-4o-mini\",\"choices\":[{\"delta\":{\"content\":\"lo\"}}],\"usage\":null}\n\n");
            await context.Response.WriteAsync("data: {\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n");
            await context.Response.WriteAsync("data: [DONE]\n\n");
        };

        using var answer = await run.PostAsync("/v1/chat/completions", """{"model":"gpt-4o-mini","stream":true,"messages":[]}""");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Contains("Hel", await reader.ReadLineAsync(), StringComparison.Ordinal);
        go.SetResult();
        var rest = await reader.ReadToEndAsync();

        Assert.Contains("\"lo\"", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("prompt_tokens", rest, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
        Assert.Equal("""{"stream_options":{"include_usage":true},"model":"gpt-4o-mini","stream":true,"messages":[]}""", run.Provider.Requests.Single().Text);
        Assert.Equal(2, (await run.ReceiptAsync(answer)).GetProperty("outputTokens").GetInt64());
    }

    [Theory]
    [InlineData("x-api-key", "")]
    [InlineData("api-key", "")]
    [InlineData("x-goog-api-key", "")]
    [InlineData("Authorization", "Bearer ")]
    public async Task A_virtual_key_works_in_whichever_header_an_SDK_puts_it(string header, string prefix)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Said);
        using var client = run.Server.NewClient();

        using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", Ask, (header, prefix + run.Key.Text));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(run.Provider.Requests.Single().Headers.Values, value => value.Contains(run.Key.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_different_keys_in_one_request_are_refused_and_an_SDKs_own_default_beside_ours_is_dropped()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Said);
        var other = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "other", null, run.Held);

        using var two = await run.PostAsync("/v1/chat/completions", Ask, ("x-api-key", other.Text));
        using var dropped = await run.PostAsync("/v1/chat/completions", Ask, ("x-api-key", "sk-something-of-the-environment"));

        Assert.Equal(HttpStatusCode.BadRequest, two.StatusCode);
        Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        Assert.DoesNotContain("x-api-key", run.Provider.Requests.Single().Headers.Keys);
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o","messages":[]}""")]
    [InlineData("""{"model":"GPT-4o-mini","messages":[]}""")]
    [InlineData("""{"model":"gpt-4o-mini","models":["gpt-4o"],"messages":[]}""")]
    public async Task A_model_outside_the_scope_is_refused_wherever_it_is_named(string body)
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { models = new[] { "gpt-4o-mini*" } });

        using var refused = await run.PostAsync("/v1/chat/completions", body);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("model_not_allowed", (await ErrorAsync(refused)).GetProperty("code").GetString());
        Assert.Equal("false", Assert.Single(refused.Headers.GetValues("x-should-retry")));
        Assert.Empty(run.Provider.Requests);
        Assert.Equal("model_not_allowed", (await run.ReceiptAsync(refused)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_body_that_names_its_model_twice_is_refused_with_the_name()
    {
        await using var run = await GatewayRun.StartAsync(cluster);

        using var refused = await run.PostAsync("/v1/chat/completions", """{"model":"gpt-4o-mini","mod\u0065l":"gpt-4o","messages":[]}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Empty(run.Provider.Requests);
    }

    [Fact]
    public async Task A_provider_that_refuses_our_key_is_a_502_that_never_blames_the_callers_and_marks_the_provider_key()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers($$$"""{"error":{"message":"Incorrect API key provided: {{{run.Held.Text}}}.","code":"invalid_api_key"}}""", status: 401);

        using var refused = await run.PostAsync("/v1/chat/completions", Ask);
        var error = await ErrorAsync(refused);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Equal("provider_auth_failed", error.GetProperty("code").GetString());
        Assert.Equal(401, error.GetProperty("provider").GetProperty("status").GetInt32());
        Assert.Equal("Incorrect API key provided: [key].", error.GetProperty("provider").GetProperty("message").GetString());
        Assert.Equal("false", Assert.Single(refused.Headers.GetValues("x-should-retry")));
        var key = (await TestVault.ItemsAsync(run.Ana, "/v1/keys")).Single();
        Assert.Contains("invalid", key.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_refusals_of_the_provider_pass_as_they_came_without_any_key_in_them()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        const string said = """{"error":{"message":"Project sk-proj-abc***xyz does not have access to gpt-4o-mini","code":"model_not_found"}}""";
        run.Answers(said, status: 403);

        using var refused = await run.PostAsync("/v1/chat/completions", Ask);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(said.Replace("sk-proj-abc***xyz", "[key]", StringComparison.Ordinal), await refused.Content.ReadAsStringAsync());
        Assert.Equal("model_not_found", (await run.ReceiptAsync(refused)).GetProperty("providerError").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_redirect_of_the_provider_is_not_followed_and_not_passed_on()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Status = 307;

        using var refused = await run.PostAsync("/v1/chat/completions", Ask);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Null(refused.Headers.Location);
        Assert.Single(run.Provider.Requests);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_within_a_second_and_its_running_stream_is_cut()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        using var answer = await run.PostAsync("/v1/chat/completions", """{"model":"gpt-4o-mini","stream":true,"messages":[]}""");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.NotNull(await reader.ReadLineAsync());

        using var deleted = await run.Ana.DeleteAsync($"/v1/virtual-keys/{run.Key.GrantId:N}");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(5)));
        using var refused = await run.PostAsync("/v1/chat/completions", Ask);
        Assert.Equal("key_revoked", (await ErrorAsync(refused)).GetProperty("code").GetString());
        Assert.Equal("key_revoked", (await run.ReceiptAsync(answer)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_disabled_key_is_refused_until_it_is_enabled_again()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Said);
        (await run.PostAsync("/v1/chat/completions", Ask)).Dispose();

        (await run.Ana.PostAsync($"/v1/virtual-keys/{run.Key.GrantId:N}/disable", null)).EnsureSuccessStatusCode();
        using var refused = await UntilAsync(run, answer => answer.StatusCode == HttpStatusCode.Forbidden);
        Assert.Equal("key_disabled", (await ErrorAsync(refused)).GetProperty("code").GetString());

        (await run.Ana.PostAsync($"/v1/virtual-keys/{run.Key.GrantId:N}/enable", null)).EnsureSuccessStatusCode();
        (await UntilAsync(run, answer => answer.StatusCode == HttpStatusCode.OK)).Dispose();
    }

    [Fact]
    public async Task What_the_caller_no_longer_reads_is_read_to_its_end_so_that_its_cost_is_known()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var go = new TaskCompletionSource();
        run.Provider.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Response.WriteAsync("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");
        };
        string id;
        // One that closes at once, and does not wait whether more comes.
        using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = run.Server.Address };
        client.DefaultRequestHeaders.Authorization = run.Caller.DefaultRequestHeaders.Authorization;
        using (var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", """{"model":"gpt-4o-mini","stream":true,"messages":[]}"""))
            id = Assert.Single(answer.Headers.GetValues("x-keypass-request-id"));
        await Task.Delay(300);
        go.SetResult();

        var receipt = await run.ReceiptAsync(id);

        Assert.True(receipt.GetProperty("hungUp").GetBoolean());
        Assert.Equal("exact", receipt.GetProperty("exactness").GetString());
        Assert.Equal(2, receipt.GetProperty("outputTokens").GetInt64());
    }

    [Theory]
    [InlineData("""{"provider":"openai","model":"gpt-4o-mini","messages":[]}""", """{"model":"gpt-4o-mini","messages":[]}""")]
    [InlineData("""{"model":"gpt-4o-mini", "provider" : "openai", "messages":[]}""", """{"model":"gpt-4o-mini", "messages":[]}""")]
    [InlineData("""{"model":"gpt-4o-mini","messages":[], "provider":"openai"}""", """{"model":"gpt-4o-mini","messages":[]}""")]
    [InlineData("""{"model":"gpt-4o-mini","messages":[{"provider":"x"}]}""", """{"model":"gpt-4o-mini","messages":[{"provider":"x"}]}""")]
    public async Task The_unified_route_takes_the_provider_from_the_body_and_answers_in_our_envelope(string body, string forwarded)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Said);

        using var answer = await run.PostAsync("/v1/proxy/chat/completions", body);

        Assert.Equal($$"""{"success":true,"data":{{Said}}}""", await answer.Content.ReadAsStringAsync());
        Assert.Equal(forwarded, run.Provider.Requests.Single().Text);
    }

    [Fact]
    public async Task The_unified_route_says_in_our_envelope_what_the_provider_refused_and_which_provider_there_is_no_key_for()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers("""{"error":{"message":"No such model.","code":"model_not_found"}}""", status: 404);

        using var refused = await run.PostAsync("/v1/proxy/chat/completions", """{"provider":"openai","model":"gpt-nothing","messages":[]}""");
        using var other = await run.PostAsync("/v1/proxy/chat/completions", """{"provider":"groq","model":"x","messages":[]}""");
        using var wrong = await run.PostAsync("/v1/proxy/chat/completions", """{"provider":1,"model":"x","messages":[]}""");

        Assert.Equal((HttpStatusCode.NotFound, "provider_refused"), (refused.StatusCode, (await ErrorAsync(refused)).GetProperty("code").GetString()));
        Assert.Equal((HttpStatusCode.Forbidden, "route_not_allowed"), (other.StatusCode, (await ErrorAsync(other)).GetProperty("code").GetString()));
        Assert.Equal("provider", (await ErrorAsync(wrong)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task The_models_that_a_key_may_use_are_listed_and_no_others()
    {
        await using var run = await GatewayRun.StartAsync(cluster, limits: new { models = new[] { "gpt-4o-mini", "gpt-4.1*" } });

        var listed = JsonDocument.Parse(await run.Caller.GetStringAsync("/v1/models")).RootElement.GetProperty("data")
            .EnumerateArray().Select(one => one.GetProperty("id").GetString()!).ToList();
        using var one = await run.Caller.GetAsync("/v1/models/gpt-4o-mini");
        using var other = await run.Caller.GetAsync("/v1/models/gpt-4o");
        var own = JsonDocument.Parse(await run.Caller.GetStringAsync("/v1/key")).RootElement.GetProperty("data");

        Assert.Contains("gpt-4o-mini", listed);
        Assert.All(listed, model => Assert.True(model == "gpt-4o-mini" || model.StartsWith("gpt-4.1", StringComparison.Ordinal), model));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (one.StatusCode, other.StatusCode));
        Assert.Equal(["openai"], own.GetProperty("providerKeys").EnumerateArray().Select(name => name.GetString()));
        Assert.Empty(run.Provider.Requests);
    }

    [Fact]
    public async Task A_test_key_reaches_the_sandbox_in_this_process_and_nothing_else()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var sandbox = await run.Owner.Vault.AddKeyAsync(run.Ana, "sandbox", GatewayRun.OriginOf("sandbox"));
        var made = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "ci", new { mode = "test" }, run.Held, sandbox);
        using var client = TestVault.Presenting(run.Server, made.Text);

        using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", """{"model":"sandbox-ok","messages":[{"role":"user","content":"hi"}]}""");
        using var other = await GatewayRun.SendAsync(client, "/openai/v1/chat/completions", Ask);

        Assert.StartsWith("km_test_", made.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False((await run.ReceiptAsync(answer)).GetProperty("livemode").GetBoolean());
        Assert.Equal("route_not_allowed", (await ErrorAsync(other)).GetProperty("code").GetString());
        Assert.Empty(run.Provider.Requests);
    }

    [Fact]
    public async Task A_test_key_works_at_once_without_any_provider_key()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        var body = new { email = $"{TestAccount.NewId():N}@example.com", password = "seven quiet otters paddle home" };
        var registered = await TestApp.DataAsync(await server.Client.PostAsJsonAsync("/v1/auth/register", body));
        using var ana = TestVault.Presenting(server, registered.GetProperty("sessionToken").GetString()!);
        var made = await TestApp.DataAsync(await ana.PostAsJsonAsync(
            "/v1/virtual-keys", new { name = "first", mode = "test", budget = new { limitCents = 1, period = "monthly" } }));
        using var program = TestVault.Presenting(server, made.GetProperty("virtualKey").GetString()!);
        const string Hi = """{"model":"sandbox-ok","messages":[{"role":"user","content":"hi"}]}""";

        using var chat = await GatewayRun.SendAsync(program, "/v1/chat/completions", Hi);
        using var named = await GatewayRun.SendAsync(program, "/sandbox/v1/messages", """{"max_tokens":50,""" + Hi[1..]);
        using var vendors = await GatewayRun.SendAsync(program, "/openai/v1/chat/completions", Ask);
        using var refused = await GatewayRun.SendAsync(program, "/v1/chat/completions", Hi.Replace("-ok", "-401", StringComparison.Ordinal));
        var own = await TestApp.DataAsync(await program.GetAsync("/v1/key"));
        var models = await program.GetStringAsync("/v1/models");
        var receipt = await ReceiptAsync(ana, chat);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (chat.StatusCode, named.StatusCode));
        Assert.Equal(("first", "sandbox", false), (
            receipt.GetProperty("caller").GetString(), receipt.GetProperty("provider").GetString(), receipt.GetProperty("livemode").GetBoolean()));
        Assert.Equal(("exact", JsonValueKind.Null), (receipt.GetProperty("exactness").GetString(), receipt.GetProperty("providerKeyId").ValueKind));
        // It costs what the sandbox costs, and that counts towards its own budget.
        Assert.InRange(receipt.GetProperty("costNanoUsd").GetInt64(), 1, 100_000);
        Assert.Contains("x-keypass-budget-remaining", chat.Headers.Select(header => header.Key));
        Assert.Equal("route_not_allowed", (await ErrorAsync(vendors)).GetProperty("code").GetString());
        Assert.Equal("provider_auth_failed", (await ErrorAsync(refused)).GetProperty("code").GetString());
        Assert.Equal(["sandbox"], own.GetProperty("providerKeys").EnumerateArray().Select(name => name.GetString()));
        Assert.Contains("sandbox-ok", models, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ReceiptAsync(HttpClient owner, HttpResponseMessage answer)
    {
        var id = Assert.Single(answer.Headers.GetValues("x-keypass-request-id"));
        for (var left = 100; ; left--)
        {
            using var found = await owner.GetAsync("/v1/logs/" + id);
            if (found.IsSuccessStatusCode || left == 0)
                return await TestApp.DataAsync(found);
            await Task.Delay(50);
        }
    }

    private static async Task<HttpResponseMessage> UntilAsync(GatewayRun run, Func<HttpResponseMessage, bool> holds)
    {
        for (var left = 50; ; left--)
        {
            var answer = await run.PostAsync("/v1/chat/completions", Ask);
            if (holds(answer))
                return answer;
            Assert.True(left > 0, $"still {answer.StatusCode}");
            answer.Dispose();
            await Task.Delay(100);
        }
    }

    private static async Task<JsonElement> ErrorAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").Clone();
}
