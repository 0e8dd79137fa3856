using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Sealing;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.VirtualKeys;

public sealed class VirtualKeyTests(TestCluster cluster)
{
    private const string Ask = """{"model":"gpt-4o-mini","messages":[]}""";

    [Fact]
    public async Task A_key_made_in_the_browser_is_listed_and_never_shown_by_the_server()
    {
        await using var run = await GatewayRun.StartAsync(
            cluster, limits: new { tags = new[] { "a" }, models = new[] { "gpt-4o*" }, routes = new[] { "text" } });

        var listed = Assert.Single(await TestVault.ItemsAsync(run.Ana, "/v1/virtual-keys"));

        Assert.Equal("tests", listed.GetProperty("name").GetString());
        Assert.Equal(run.Key.Text[^4..], listed.GetProperty("hint").GetString());
        Assert.Equal("active", listed.GetProperty("status").GetString());
        Assert.Equal([run.Held.Id.ToString("N")], listed.GetProperty("providerKeyIds").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal(["gpt-4o*"], listed.GetProperty("models").EnumerateArray().Select(model => model.GetString()));
        Assert.DoesNotContain(run.Key.Text, listed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_are_nearest_to_their_limits_come_first_page_by_page()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var ids = new Dictionary<string, string>();
        foreach (var (name, cents) in new[] { ("little", 1_000), ("much", 1), ("nothing yet", 1), ("shut", 0) })
        {
            var budget = new { limitCents = cents, period = "monthly" };
            var made = await run.Owner.Vault.VirtualKeyAsync(run.Ana, name, new { mode = "test", budget }, run.Held);
            ids[name] = made.GrantId.ToString("N");
            using var program = TestVault.Presenting(run.Server, made.Text);
            if (name is "little" or "much")
                using (var answer = await GatewayRun.SendAsync(program, "/v1/chat/completions", """{"model":"sandbox-long","messages":[]}"""))
                    await run.ReceiptAsync(answer);
        }
        while ((await BudgetAsync()).GetProperty("spentNanoUsd").GetInt64() == 0)
            await Task.Delay(50, TestContext.Current.CancellationToken);

        async Task<JsonElement> BudgetAsync() =>
            (await TestApp.DataAsync(await run.Ana.GetAsync("/v1/virtual-keys/" + ids["much"]))).GetProperty("budget");
        var pages = new List<List<string?>>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await TestApp.DataAsync(await run.Ana.GetAsync($"/v1/virtual-keys?sort=nearest&limit=2{cursor}"));
            pages.Add([.. page.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("name").GetString())]);
            cursor = page.GetProperty("nextCursor").GetString() is { } next ? "&cursor=" + next : null;
        }
        var found = await TestVault.ItemsAsync(run.Ana, "/v1/virtual-keys?sort=nearest&q=UCH");
        await run.Server.ExecuteAsync("UPDATE budget_windows SET ends_at = now()");
        var after = await TestVault.ItemsAsync(run.Ana, "/v1/virtual-keys?sort=nearest&limit=1");
        using var other = await run.Server.AsAsync("other");

        // The one without a budget is the run's own.
        Assert.Equal([["shut", "much"], ["little", "nothing yet"], ["tests"]], pages);
        Assert.Equal(["much"], found.Select(one => one.GetProperty("name").GetString()));
        Assert.Equal(["shut"], after.Select(one => one.GetProperty("name").GetString()));
        Assert.Empty(await TestVault.ItemsAsync(other, "/v1/virtual-keys?sort=nearest"));
        foreach (var wrong in new[] { "sort=oldest", "sort=nearest&cursor=x" })
        {
            using var refused = await run.Ana.GetAsync("/v1/virtual-keys?" + wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Theory]
    [InlineData("NIGHT", "nightly_report", "the 100 % night")]
    [InlineData("100 %", "the 100 % night")]
    [InlineData("y_r", "nightly_report")]
    [InlineData("\\")]
    public async Task A_key_is_found_by_a_part_of_its_name_to_the_letter(string part, params string[] found)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        foreach (var name in new[] { "the 100 % night", "nightly_report" })
            await run.Owner.Vault.VirtualKeyAsync(run.Ana, name, new { }, run.Held);
        var gone = await run.Owner.Vault.VirtualKeyAsync(run.Ana, "nightly report", new { }, run.Held);
        (await run.Ana.DeleteAsync($"/v1/virtual-keys/{gone.GrantId:N}")).EnsureSuccessStatusCode();

        var listed = await TestVault.ItemsAsync(run.Ana, "/v1/virtual-keys?q=" + Uri.EscapeDataString(part));

        Assert.Equal(found, listed.Select(one => one.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task For_a_managed_account_the_server_makes_it_shows_it_once_and_it_works()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:Providers:openai:Origin", provider.Address));
        var body = new { email = $"{TestAccount.NewId():N}@example.com", password = "seven quiet otters paddle home" };
        using var registered = await server.Client.PostAsJsonAsync("/v1/auth/register", body);
        using var owner = TestVault.Presenting(server, (await DataAsync(registered)).GetProperty("sessionToken").GetString()!);
        var secret = TestVault.NewSecret();
        var keyId = (await DataAsync(await owner.PostAsJsonAsync("/v1/keys", new { provider = "openai", apiKey = secret }))).GetProperty("id").GetString();

        var made = await DataAsync(await owner.PostAsJsonAsync("/v1/virtual-keys", new { name = "ci", providerKeyIds = new[] { keyId } }));
        using var caller = TestVault.Presenting(server, made.GetProperty("virtualKey").GetString()!);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Ask);
        var next = await DataAsync(await owner.PostAsJsonAsync($"/v1/virtual-keys/{made.GetProperty("id").GetString()}/rotate", new { overlapSeconds = 60 }));
        using var renewed = TestVault.Presenting(server, next.GetProperty("virtualKey").GetString()!);
        using var both = await GatewayRun.SendAsync(renewed, "/v1/chat/completions", Ask);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, both.StatusCode));
        Assert.All(provider.Requests, asked => Assert.Equal("Bearer " + secret, asked.Headers["Authorization"]));
        Assert.Equal(next.GetProperty("virtualKey").GetString()![^4..], (await OneAsync(owner, made)).GetProperty("hint").GetString());
    }

    [Fact]
    public async Task A_token_that_may_delegate_makes_one_of_the_keys_it_holds_and_can_only_bring_its_end_nearer()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var (bearer, _) = await run.Owner.Vault.TokenAsync(run.Server, run.Ana, "ci", ["delegate", "manage", "read"], run.Held);
        using var _ = bearer;
        var other = await run.Owner.Vault.AddKeyAsync(run.Ana);

        var held = run.Held.Id.ToString("N");
        var made = await DataAsync(await bearer.PostAsJsonAsync("/v1/virtual-keys", new { name = "job", providerKeyIds = new[] { held } }));
        using var caller = TestVault.Presenting(run.Server, made.GetProperty("virtualKey").GetString()!);
        using var answer = await GatewayRun.SendAsync(caller, "/v1/chat/completions", Ask);
        using var wider = await bearer.PostAsJsonAsync("/v1/virtual-keys", new { name = "job", providerKeyIds = new[] { other.Id.ToString("N") } });
        using var ended = await bearer.PatchAsJsonAsync(
            $"/v1/virtual-keys/{made.GetProperty("id").GetString()}", new { expiresAt = DateTimeOffset.UnixEpoch.AddYears(70) });
        using var later = await bearer.PatchAsJsonAsync(
            $"/v1/virtual-keys/{made.GetProperty("id").GetString()}", new { expiresAt = DateTimeOffset.UnixEpoch.AddYears(71) });
        using var never = await bearer.PatchAsJsonAsync($"/v1/virtual-keys/{made.GetProperty("id").GetString()}", new { expiresAt = (string?)null });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("Bearer " + run.Held.Text, run.Provider.Requests.Single().Headers["Authorization"]);
        Assert.Equal("scope_exceeded", await CodeAsync(wider));
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal("scope_exceeded", await CodeAsync(later));
        Assert.Equal("scope_exceeded", await CodeAsync(never));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(60, true)]
    public async Task After_a_rotation_the_old_credential_works_as_long_as_was_said(int overlap, bool oldWorks)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        (await run.PostAsync("/v1/chat/completions", Ask)).Dispose();
        var next = run.Owner.Vault.NextCredential(CredentialKind.VirtualKey, run.Key);
        var body = JsonSerializer.SerializeToNode(next.Body, JsonSerializerOptions.Web)!.AsObject();
        body["overlapSeconds"] = overlap;

        (await run.Ana.PostAsJsonAsync($"/v1/virtual-keys/{run.Key.GrantId:N}/rotate", body)).EnsureSuccessStatusCode();

        using var renewed = TestVault.Presenting(run.Server, next.Text);
        using var works = await GatewayRun.SendAsync(renewed, "/v1/chat/completions", Ask);
        Assert.Equal(HttpStatusCode.OK, works.StatusCode);
        await UntilAsync(async () =>
        {
            using var old = await run.PostAsync("/v1/chat/completions", Ask);
            return oldWorks ? old.IsSuccessStatusCode : await CodeAsync(old) == "key_expired";
        });
    }

    [Fact]
    public async Task Its_provider_keys_can_be_changed_and_the_first_is_asked_first()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var second = await run.Owner.Vault.AddKeyAsync(run.Ana);
        var sealedKey = run.Owner.Vault.SealFor(run.Key.GrantId, run.Key.GrantSecret, second);
        var change = new JsonObject
        {
            ["providerKeyIds"] = new JsonArray(second.Id.ToString("N"), run.Held.Id.ToString("N")),
            ["sealedKeys"] = new JsonArray(JsonSerializer.SerializeToNode(sealedKey, JsonSerializerOptions.Web)),
        };

        var changed = await DataAsync(await run.Ana.PatchAsJsonAsync($"/v1/virtual-keys/{run.Key.GrantId:N}", change));
        Assert.Equal(2, changed.GetProperty("providerKeyIds").GetArrayLength());
        await UntilAsync(async () =>
        {
            (await run.PostAsync("/v1/chat/completions", Ask)).Dispose();
            return run.Provider.Requests.Last().Headers["Authorization"] == "Bearer " + second.Text;
        });

        var only = new { providerKeyIds = new[] { run.Held.Id.ToString("N") } };
        (await run.Ana.PatchAsJsonAsync($"/v1/virtual-keys/{run.Key.GrantId:N}", only)).EnsureSuccessStatusCode();
        await UntilAsync(async () =>
        {
            (await run.PostAsync("/v1/chat/completions", Ask)).Dispose();
            return run.Provider.Requests.Last().Headers["Authorization"] == "Bearer " + run.Held.Text;
        });
        using var missing = await run.Ana.PatchAsJsonAsync(
            $"/v1/virtual-keys/{run.Key.GrantId:N}", new { providerKeyIds = new[] { second.Id.ToString("N") } });
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"routes":["everything"]}""", "routes")]
    [InlineData("""{"models":["a","a"]}""", "models")]
    [InlineData("""{"tags":[""]}""", "tags")]
    [InlineData("""{"expiresAt":"soon"}""", "expiresAt")]
    [InlineData("""{"expiresAt":"2001-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"providerKeyIds":["x"]}""", "providerKeyIds")]
    public async Task A_change_that_cannot_be_names_what_is_wrong_and_loses_nothing(string change, string field)
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var before = (await OneAsync(run)).GetRawText();

        using var refused = await run.Ana.PatchAsync($"/v1/virtual-keys/{run.Key.GrantId:N}", new StringContent(change, null, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(field, (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
        Assert.Equal(before, (await OneAsync(run)).GetRawText());
    }

    [Fact]
    public async Task An_end_is_set_kept_and_taken_away()
    {
        await using var run = await GatewayRun.StartAsync(cluster);
        var at = $"/v1/virtual-keys/{run.Key.GrantId:N}";

        var set = await DataAsync(await run.Ana.PatchAsJsonAsync(at, new { expiresAt = "2100-01-01T00:00:00Z" }));
        var kept = await DataAsync(await run.Ana.PatchAsJsonAsync(at, new { name = "renamed" }));
        var taken = await DataAsync(await run.Ana.PatchAsJsonAsync(at, new { expiresAt = (string?)null }));

        Assert.Equal(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), set.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.Equal(set.GetProperty("expiresAt").GetDateTimeOffset(), kept.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.Equal("renamed", kept.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, taken.GetProperty("expiresAt").ValueKind);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var left = 50; !await holds(); left--)
        {
            Assert.True(left > 0, "it did not come about");
            await Task.Delay(100);
        }
    }

    private static Task<JsonElement> OneAsync(GatewayRun run) => GetAsync(run.Ana, run.Key.GrantId.ToString("N"));

    private static Task<JsonElement> OneAsync(HttpClient owner, JsonElement made) => GetAsync(owner, made.GetProperty("id").GetString()!);

    private static async Task<JsonElement> GetAsync(HttpClient owner, string id) =>
        (await owner.GetFromJsonAsync<JsonElement>($"/v1/virtual-keys/{id}")).GetProperty("data");

    private static async Task<JsonElement> DataAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data");
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;
    }
}
