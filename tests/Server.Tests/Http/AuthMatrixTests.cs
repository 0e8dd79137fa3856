using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Http;
using KeyPass.Server.Tests.Audit;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace KeyPass.Server.Tests.Http;

/// <summary>
/// Made from the route table: every route is called as nobody and as a stranger. A route with an id in its address needs a
/// recipe here that makes an object of somebody else's; without one the matrix fails.
/// </summary>
public sealed class AuthMatrixTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    /// <summary>Address with an id → how its owner makes the object, and the address of that object.</summary>
    private static readonly Dictionary<string, Func<HttpClient, Task<string>>> Foreign = new(StringComparer.Ordinal)
    {
        ["/v1/probe/things/{id}"] = async owner =>
        {
            using var made = await owner.PostAsJsonAsync("/v1/probe/things", new { name = "the owner's" });
            return $"/v1/probe/things/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}";
        },
        ["/v1/account/sessions/{id}"] = async owner =>
        {
            var sessions = await owner.GetFromJsonAsync<JsonElement>("/v1/account/sessions");
            return $"/v1/account/sessions/{sessions.GetProperty("data").GetProperty("items")[0].GetProperty("id").GetString()}";
        },
        ["/v1/auth/passkeys/{id}"] = async owner =>
        {
            var who = new TestAccount("passkey");
            using var passkey = new TestAuthenticator();
            await who.RegisterAsync(owner);
            return $"/v1/auth/passkeys/{await owner.PasskeyIdAsync(who, passkey)}";
        },
        ["/v1/keys/{id}"] = async owner => $"/v1/keys/{await TestKey.AddAsync(owner)}",
        ["/v1/keys/{id}/test"] = async owner => $"/v1/keys/{await TestKey.AddAsync(owner)}/test",
        ["/v1/tokens/{id}"] = async owner => $"/v1/tokens/{await TestKey.AddTokenAsync(owner)}",
        ["/v1/tokens/{id}/rotate"] = async owner => $"/v1/tokens/{await TestKey.AddTokenAsync(owner)}/rotate",
        ["/v1/virtual-keys/{id}"] = async owner => $"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(owner)).Id}",
        ["/v1/virtual-keys/{id}/rotate"] = async owner => $"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(owner)).Id}/rotate",
        ["/v1/virtual-keys/{id}/disable"] = async owner => $"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(owner)).Id}/disable",
        ["/v1/virtual-keys/{id}/enable"] = async owner => $"/v1/virtual-keys/{(await TestKey.AddVirtualKeyAsync(owner)).Id}/enable",
        ["/v1/logs/{requestId}"] = async owner => $"/v1/logs/{await TestKey.AddReceiptAsync(owner)}",
        ["/v1/apps/{id}"] = async owner => $"/v1/apps/{(await TestApp.RegisterAsync(owner)).Id}",
        ["/v1/apps/{id}/connections"] = async owner => $"/v1/apps/{(await TestApp.RegisterAsync(owner)).Id}/connections",
        ["/v1/apps/{id}/funnel"] = async owner => $"/v1/apps/{(await TestApp.RegisterAsync(owner)).Id}/funnel",
        ["/v1/apps/{id}/secrets"] = async owner => $"/v1/apps/{(await TestApp.RegisterAsync(owner)).Id}/secrets",
        ["/v1/apps/{id}/secrets/{secretId}"] = LinkChanges.SecretAsync,
        ["/v1/apps/{id}/domain-check"] = async owner => $"/v1/apps/{(await TestApp.RegisterAsync(owner)).Id}/domain-check",
        ["/v1/link/sessions/{id}"] = async owner => $"/v1/link/sessions/{(await (await TestApp.RegisterAsync(owner)).AskAsync(owner)).Id}",
        ["/v1/connections/{id}"] = ConnectionAsync,
        ["/v1/connections/{id}/pause"] = async owner => await ConnectionAsync(owner) + "/pause",
        ["/v1/connections/{id}/resume"] = async owner => await ConnectionAsync(owner) + "/resume",
        ["/v1/connections/{id}/usage"] = async owner => await ConnectionAsync(owner) + "/usage",
        // Of another kind, but the owner's: the row of a grant that is not waiting.
        ["/v1/vault/approvals/{id}"] = async owner => $"/v1/vault/approvals/{await TestKey.AddTokenAsync(owner)}",
    };

    /// <summary>Addresses with a parameter that names nobody's object.</summary>
    private static readonly HashSet<string> NoOnesObject =
    [
        "/assets/{file}", "/docs/{document=index}", "/sdk/{file=index.json}",
        "/apps/{id}", "/connections/{id}", "/link/{hash}", "/logs/{id}", // pages: one file for every address, which then asks as whoever is signed in
        "/link/shell/{hash}", // a page without a word of the session's in it: LinkTests tells who may frame it
        "/v1/prices/{provider}/{**model}", // everybody's, set by operators: PricesTests tells what others are answered
        "/v1/prices/custom/{**model}", // a name among the caller's own: PricesTests shows that a stranger's stays
        "/v1/invites/{id}", // the server's, for its operators: InviteTests tells what others are answered
    ];

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_route_that_takes_a_credential_refuses_a_caller_without_one()
    {
        foreach (var route in _server.Routes())
        {
            using var response = await CallAsync(_server.Client, route, Filled(route));
            var refused = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            // This test runs on the server's machine, which is what such a route asks for.
            var open = route.Auth!.Accepted == Credentials.None || route.Auth.Accepted.HasFlag(Credentials.Loopback);
            Assert.True(refused != open, $"{route} answered {(int)response.StatusCode} to nobody");
        }
    }

    [Fact]
    public async Task A_made_up_credential_is_no_better_than_none()
    {
        using var client = _server.NewClient();
        client.DefaultRequestHeaders.Add("Authorization", "Bearer kp_ss_" + new string('x', 49));
        foreach (var route in _server.Routes().Where(route => route.Auth!.Accepted is not Credentials.None and not Credentials.Loopback))
        {
            using var response = await CallAsync(client, route, Filled(route));
            Assert.True(response.StatusCode is HttpStatusCode.Unauthorized, $"{route} answered {(int)response.StatusCode} to a made-up credential");
        }
    }

    [Fact]
    public async Task Somebody_elses_object_looks_like_one_that_is_not_there()
    {
        using var owner = await _server.AsAsync("owner");
        using var stranger = await _server.AsAsync("stranger");
        using var strangersApp = _server.NewClient();
        var app = await TestApp.RegisterAsync(stranger);
        strangersApp.DefaultRequestHeaders.Authorization = TestApp.Basic(app.ClientId, app.Secret);
        foreach (var route in _server.Routes().Where(route =>
            route.HasParameters && !NoOnesObject.Contains(route.Pattern) && !IsForwarding(route)))
        {
            Assert.True(Foreign.TryGetValue(route.Pattern, out var make), $"{route.Pattern} has an id and no recipe: add one to Foreign, so that "
                + "a stranger's call is tested.");
            var foreign = await make(owner);

            var caller = route.Auth!.Accepted == Credentials.App ? strangersApp : stranger;
            using var theirs = await CallAsync(caller, route, foreign);
            using var absent = await CallAsync(caller, route, Filled(route));

            Assert.True(theirs.StatusCode == HttpStatusCode.NotFound, $"{route} answered {(int)theirs.StatusCode} to a stranger");
            Assert.Equal(WithoutRequestId(await absent.Content.ReadAsStringAsync()), WithoutRequestId(await theirs.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task The_matrix_finds_a_route_that_shows_a_strangers_object()
    {
        await using var leaky = await KeyPassServer.StartAsync(cluster, map: app =>
            app.MapGet("/v1/probe/leaky/{id}", (string id) => id).Requires(Credentials.Session));
        using var stranger = await leaky.AsAsync("stranger");

        var route = leaky.Routes().Single(route => route.Pattern == "/v1/probe/leaky/{id}");
        using var response = await CallAsync(stranger, route, Filled(route));

        Assert.NotEqual(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(Foreign.ContainsKey(route.Pattern)); // so the matrix itself would have stopped at it
    }

    [Fact]
    public async Task Metrics_answer_this_machine_only()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, settings: ("KeyPass:TrustedProxies", "127.0.0.1"));
        using var fromOutside = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "X-Forwarded-For", "203.0.113.9" } } };

        using var outside = await server.Client.SendAsync(fromOutside);
        using var inside = await server.Client.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.Forbidden, outside.StatusCode);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
    }

    private static string Filled(Route route) =>
        System.Text.RegularExpressions.Regex.Replace(route.Pattern, @"\{[^}]+\}", "00000000000000000000000000000000");

    private static async Task<string> ConnectionAsync(HttpClient owner)
    {
        var who = new TestAccount("connected");
        await who.RegisterAsync(owner);
        return await LinkChanges.ConnectionAsync(owner, who);
    }

    /// <summary>What gets past the checks of form, so that the answer is about whose the object is.</summary>
    private static object BodyFor(Route route) => route.Pattern switch
    {
        "/v1/keys/{id}" => new { label = "x", version = 2, envelope = TestKey.Envelope() },
        "/v1/connections/{id}" => new { budget = new { limitCents = 1 } },
        _ => new { name = "x", decision = "reject" },
    };

    private static string WithoutRequestId(string body) => System.Text.RegularExpressions.Regex.Replace(body, "req_[0-9a-f]{32}", "");

    private static Task<HttpResponseMessage> CallAsync(HttpClient client, Route route, string path)
    {
        var query = route.Pattern.EndsWith("/stream", StringComparison.Ordinal) ? "?events=1" : "";
        var request = new HttpRequestMessage(new HttpMethod(route.Method == "ANY" ? "GET" : route.Method), path + query);
        if (route.Method is "POST" or "PUT" or "PATCH")
            request.Content = JsonContent.Create(BodyFor(route));
        return client.SendAsync(request);
    }

    /// <summary>A tree of a provider's addresses: what stands in them is the provider's, and names no object here.</summary>
    private static bool IsForwarding(Route route) => route.Auth!.Accepted == Credentials.VirtualKey;
}
