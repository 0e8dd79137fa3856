using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Link;

public sealed class AppTests(TestCluster cluster)
{
    [Fact]
    public async Task An_apps_secret_is_shown_once_and_two_work_until_one_is_removed()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var developer = await server.AsAsync("developer");
        var app = await TestApp.RegisterAsync(developer);

        var next = await TestApp.DataAsync(await developer.PostAsync($"/v1/apps/{app.Id}/secrets", null));
        var rotated = app with { Secret = next.GetProperty("clientSecret").GetString()! };
        using var third = await developer.PostAsync($"/v1/apps/{app.Id}/secrets", null);
        var listed = await developer.GetStringAsync("/v1/apps");
        using var first = await app.SendAsync(server.Client, HttpMethod.Get, "/v1/connections");
        using var second = await rotated.SendAsync(server.Client, HttpMethod.Get, "/v1/connections");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.Equal(HttpStatusCode.BadRequest, third.StatusCode);
        Assert.DoesNotContain(app.Secret, listed, StringComparison.Ordinal);
        Assert.DoesNotContain(rotated.Secret, listed, StringComparison.Ordinal);

        var old = (await TestApp.DataAsync(await developer.GetAsync($"/v1/apps/{app.Id}"))).GetProperty("secrets")[0].GetProperty("id").GetString();
        (await developer.DeleteAsync($"/v1/apps/{app.Id}/secrets/{old}")).EnsureSuccessStatusCode();
        using var removed = await app.SendAsync(server.Client, HttpMethod.Get, "/v1/connections");
        using var kept = await rotated.SendAsync(server.Client, HttpMethod.Get, "/v1/connections");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (removed.StatusCode, kept.StatusCode));
    }

    [Fact]
    public async Task Whatever_is_wrong_with_an_apps_credential_the_answer_is_the_same()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var developer = await server.AsAsync("developer");
        var (app, other) = (await TestApp.RegisterAsync(developer), await TestApp.RegisterAsync(developer));
        var answers = new List<string>();
        foreach (var header in new AuthenticationHeaderValue?[]
        {
            null,
            TestApp.Basic(app.ClientId, other.Secret),
            TestApp.Basic(TestCredential.WithChecksum("kp_cid_" + new string('x', 43)), app.Secret),
            TestApp.Basic(app.ClientId, TestCredential.WithChecksum("kp_cs_" + new string('x', 43))),
            TestApp.Basic(app.ClientId, app.Secret[..^1]),
            TestApp.Basic(app.ClientId, app.Secret + ":"),
            TestApp.Basic(app.Secret, app.ClientId),
            TestApp.Basic("", ""),
            new("Basic", "no base64"),
            new("Bearer", app.Secret),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/link/sessions/00000000000000000000000000000000");
            request.Headers.Authorization = header;
            using var response = await server.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            answers.Add(Regex.Replace(await response.Content.ReadAsStringAsync(), "req_[0-9a-f]{32}", ""));
        }
        Assert.Single(answers.Distinct());
    }

    [Theory]
    [InlineData("origins", "https://app.example.com/")]
    [InlineData("origins", "https://App.example.com")]
    [InlineData("origins", "https://app.example.com:443")]
    [InlineData("origins", "http://app.example.com")]
    [InlineData("origins", "https://*.example.com")]
    [InlineData("origins", "https://me@app.example.com")]
    [InlineData("origins", "null")]
    [InlineData("origins", null)]
    [InlineData("redirectUris", null)]
    [InlineData("redirectUris", "https://app.example.com/back#here")]
    [InlineData("redirectUris", "https://me@app.example.com/back")]
    [InlineData("redirectUris", "http://app.example.com/back")]
    [InlineData("redirectUris", "javascript:alert(1)")]
    [InlineData("redirectUris", "/back")]
    [InlineData("redirectUris", "https://app.example.com\\@evil.example/back")]
    public async Task An_address_that_could_be_read_in_two_ways_is_not_registered(string field, string? address)
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var developer = await server.AsAsync("developer");

        using var refused = await developer.PostAsJsonAsync("/v1/apps", new Dictionary<string, object> { ["name"] = "x", [field] = new[] { address } });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains($"\"field\":\"{field}\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Otter\u202Eseton")]
    [InlineData("Ot\u200Bter")]
    [InlineData("Otter\nNotes")]
    [InlineData(" Otter")]
    [InlineData("\uFEFFOtter")]
    public async Task A_name_with_something_invisible_in_it_is_refused(string name)
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var developer = await server.AsAsync("developer");

        using var refused = await developer.PostAsJsonAsync("/v1/apps", new { name });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task A_domain_is_proved_by_its_file_and_no_more_when_the_homepage_is_another()
    {
        await using var site = await FakeProvider.StartAsync();
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false, settings: ("KeyPass:AllowPrivateOrigins", "true"));
        using var developer = await server.AsAsync("developer");
        var app = await TestApp.RegisterAsync(developer, new { homepage = site.Address + "/welcome" });

        var before = await CheckAsync(developer, app);
        site.Answer = context => context.Response.WriteAsync($"# ours\nkeypass-client-id={app.ClientId}\n");
        var after = await CheckAsync(developer, app);
        site.Status = 302;
        var redirected = await CheckAsync(developer, app);
        site.Status = 200;
        var again = await CheckAsync(developer, app);
        var shown = await TestApp.DataAsync(await developer.GetAsync($"/v1/apps/{app.Id}"));
        var moved = await TestApp.DataAsync(await developer.PatchAsJsonAsync($"/v1/apps/{app.Id}", new { homepage = "https://elsewhere.example" }));

        Assert.Equal((false, true, false, true), (before, after, redirected, again));
        Assert.All(site.Requests, asked => Assert.Equal("GET /.well-known/keypass.txt", asked.Line));
        Assert.Equal(new Uri(site.Address).Authority, shown.GetProperty("domain").GetProperty("name").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, moved.GetProperty("domain").ValueKind);
    }

    [Fact]
    public async Task A_homepage_inside_the_network_is_never_dialled()
    {
        await using var site = await FakeProvider.StartAsync();
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        using var developer = await server.AsAsync("developer");
        var app = await TestApp.RegisterAsync(developer, new { homepage = site.Address });

        Assert.False(await CheckAsync(developer, app));
        Assert.Empty(site.Connections);
    }

    private static async Task<bool> CheckAsync(HttpClient developer, TestApp app) =>
        (await TestApp.DataAsync(await developer.PostAsync($"/v1/apps/{app.Id}/domain-check", null))).GetProperty("verified").GetBoolean();
}
