using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using KeyPass.Server.Http;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Http;

/// <summary>Asking again after an answer was lost: the change is made once.</summary>
public sealed partial class IdempotencyTests(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>256 characters.</summary>
    private const string TooLong = Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen
        + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen + Sixteen;
    private const string Sixteen = "0123456789abcdef";

    private readonly TestClock _clock = new();
    private readonly TestAccount _owner = new("ana");
    private readonly TaskCompletionSource _gate = new();
    private KeyPassServer _server = null!;
    private HttpClient _ana = null!;
    private int _runs;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false, add: builder => builder.Services.AddSingleton<TimeProvider>(_clock), map: app =>
        {
            app.MapPost("/v1/probe/slow", async (CancellationToken cancel) =>
            {
                Interlocked.Increment(ref _runs);
                await _gate.Task.WaitAsync(cancel);
                return TypedResults.Ok("done");
            }).Requires(Credentials.Session);
            app.MapPost("/v1/probe/breaks", string () =>
            {
                Interlocked.Increment(ref _runs);
                throw new InvalidOperationException("after its change, it may be");
            }).Requires(Credentials.Session);
            app.MapPost("/v1/probe/careless", () => TypedResults.Ok(TestVault.NewCredential())).Requires(Credentials.Session);
            app.MapPost("/v1/probe/cookie", (HttpContext http) => http.Response.Cookies.Append("a", "b")).Requires(Credentials.Session);
            app.MapPost("/v1/probe/long", () => TypedResults.Ok(new string('x', IdempotencyStore.LongestAnswer))).Requires(Credentials.Session);
        });
        _ana = _server.NewClient();
        await _owner.RegisterAsync(_ana);
    }

    public async ValueTask DisposeAsync()
    {
        _ana.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_change_that_is_asked_for_twice_is_made_once_and_answered_alike()
    {
        var body = TestKey.Body();
        using var first = await SendAsync(HttpMethod.Post, "/v1/keys", "one", body);
        using var second = await SendAsync(HttpMethod.Post, "/v1/keys", "one", body);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains("x-keypass-replayed"));
        Assert.Equal("true", second.Headers.GetValues("x-keypass-replayed").Single());
        Assert.NotEqual(first.Headers.GetValues(RequestId.Header), second.Headers.GetValues(RequestId.Header));
        Assert.Equal(1, await EntriesAsync("key.added"));
    }

    [Fact]
    public async Task An_answer_without_a_body_comes_again_too()
    {
        var id = await TestKey.AddAsync(_ana);
        using var first = await SendAsync(HttpMethod.Delete, $"/v1/keys/{id}", "one");
        using var second = await SendAsync(HttpMethod.Delete, $"/v1/keys/{id}", "one");
        using var third = await SendAsync(HttpMethod.Delete, $"/v1/keys/{id}", "another");

        Assert.Equal(first.StatusCode, second.StatusCode);
        Assert.True(second.IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.NotFound, third.StatusCode);
    }

    [Fact]
    public async Task Of_twenty_at_once_one_makes_the_change()
    {
        var body = TestKey.Body();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(HttpMethod.Post, "/v1/keys", "one", body)));

        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(1, await EntriesAsync("key.added"));
    }

    [Fact]
    public async Task The_same_name_for_another_request_is_refused()
    {
        using var first = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" });
        Assert.True(first.IsSuccessStatusCode);

        Assert.Equal("idempotency_key_reused", await CodeAsync(SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ben" }), 422));
        Assert.Equal("idempotency_key_reused", await CodeAsync(SendAsync(HttpMethod.Post, "/v1/keys", "one", TestKey.Body()), 422));
        Assert.Equal("idempotency_key_reused", await CodeAsync(SendAsync(HttpMethod.Patch, "/v1/account?x=1", "one", new { name = "Ana" }), 422));
        Assert.Equal(1, await EntriesAsync("account.changed"));
    }

    [Fact]
    public async Task A_name_is_its_accounts_own()
    {
        using var ben = await _server.AsAsync("ben");
        using var first = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" });
        using var second = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ben" }, ben);

        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);
        Assert.Contains("\"name\":\"Ben\"", await ben.GetStringAsync("/v1/account"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_was_refused_changed_nothing_and_its_name_is_free_again()
    {
        using var wrong = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { timeZone = "Nowhere/Never" });
        using var unread = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = 7 });
        using var right = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" });

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (wrong.StatusCode, unread.StatusCode));
        Assert.Equal(HttpStatusCode.NoContent, right.StatusCode);
    }

    [Fact]
    public async Task A_secret_is_given_once_and_what_was_made_is_not_made_again()
    {
        var (bearer, _) = await _owner.Vault.TokenAsync(_server, _ana, "ci", ["read", "delegate"]);
        using var first = await SendAsync(HttpMethod.Post, "/v1/tokens", "one", new { label = "child", scopes = new[] { "read" } }, bearer);
        Assert.Contains("kp_pat_", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        Assert.Equal("already_done", await CodeAsync(
            SendAsync(HttpMethod.Post, "/v1/tokens", "one", new { label = "child", scopes = new[] { "read" } }, bearer), 409));
        Assert.Equal(2, (await TestVault.ItemsAsync(_ana, "/v1/tokens")).Count);
        Assert.Equal(0, await _server.CountAsync("idempotent_writes WHERE answer IS NOT NULL"));
    }

    [Theory]
    [InlineData("/v1/probe/careless")]
    [InlineData("/v1/probe/cookie")]
    [InlineData("/v1/probe/long")]
    public async Task A_secret_that_no_route_spoke_of_and_an_answer_too_long_are_not_kept_either(string path)
    {
        using var first = await SendAsync(HttpMethod.Post, path, "one");

        Assert.True(first.IsSuccessStatusCode);
        Assert.Equal("already_done", await CodeAsync(SendAsync(HttpMethod.Post, path, "one"), 409));
        Assert.Equal(0, await _server.CountAsync("idempotent_writes WHERE answer IS NOT NULL"));
    }

    [Fact]
    public async Task A_caller_that_hung_up_finds_its_change_made_once()
    {
        using var hangUp = new CancellationTokenSource();
        var lost = SendAsync(HttpMethod.Post, "/v1/probe/slow", "one", cancel: hangUp.Token);
        while (Volatile.Read(ref _runs) == 0)
            await Task.Delay(10);
        Assert.Equal("already_begun", await CodeAsync(SendAsync(HttpMethod.Post, "/v1/probe/slow", "one"), 409));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        _gate.SetResult();

        HttpResponseMessage again;
        while ((again = await SendAsync(HttpMethod.Post, "/v1/probe/slow", "one")).StatusCode == HttpStatusCode.Conflict)
            await Task.Delay(10);
        Assert.Equal("\"done\"", await again.Content.ReadAsStringAsync());
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task What_broke_is_not_run_again_because_nobody_knows_what_it_did()
    {
        using var broken = await SendAsync(HttpMethod.Post, "/v1/probe/breaks", "one");

        Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
        Assert.Equal("already_begun", await CodeAsync(SendAsync(HttpMethod.Post, "/v1/probe/breaks", "one"), 409));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task After_a_day_a_name_is_forgotten_and_its_row_is_swept()
    {
        using var first = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" });
        _clock.Advance(TimeSpan.FromHours(25));
        using var second = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ben" });
        Assert.Equal(HttpStatusCode.NoContent, second.StatusCode);

        _clock.Advance(TimeSpan.FromHours(25));
        await _server.Services.GetRequiredService<IdempotencyStore>().SweepAsync(CancellationToken.None);
        Assert.Equal(0, await _server.CountAsync("idempotent_writes"));
    }

    [Fact]
    public async Task An_account_has_a_days_work_remembered_and_not_more()
    {
        await using (var fill = _server.Database.Source.CreateCommand($"""
            INSERT INTO idempotent_writes (account_id, mark, fingerprint, begun_at)
            SELECT '{_owner.AccountId}', int4send(n), int4send(n), now() FROM generate_series(1, {IdempotencyStore.MostForAccount}) AS n
            """))
            await fill.ExecuteNonQueryAsync();

        Assert.Equal("rate_limited", await CodeAsync(SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" }), 429));
        Assert.True((await _ana.PatchAsJsonAsync("/v1/account", new { name = "Ana" })).IsSuccessStatusCode);
        using var ben = await _server.AsAsync("ben");
        Assert.True((await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ben" }, ben)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task What_is_remembered_goes_with_its_account()
    {
        using var first = await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "Ana" });
        using var last = await SendAsync(HttpMethod.Delete, "/v1/account", "two", new { email = _owner.Email, authHash = _owner.AuthHash });

        Assert.True(last.IsSuccessStatusCode, await last.Content.ReadAsStringAsync());
        Assert.Equal(0, await _server.CountAsync("idempotent_writes"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData(TooLong)]
    public async Task A_name_that_is_none_is_refused(string name)
    {
        Assert.Equal("invalid_request", await CodeAsync(SendAsync(HttpMethod.Patch, "/v1/account", name, new { name = "Ana" }), 400));
        Assert.Equal(0, await EntriesAsync("account.changed"));
    }

    [Fact]
    public async Task Neither_name_nor_body_is_in_the_database_and_a_stranger_is_remembered_nowhere()
    {
        using var kept = await SendAsync(HttpMethod.Patch, "/v1/account", Canary.ProviderKey, new { name = "Ana", unknown = Canary.ProviderKey });
        using var stranger = _server.NewClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Patch, "/v1/account", "one", new { name = "x" }, stranger)).StatusCode);
        using var signIn = await SendAsync(HttpMethod.Post, "/v1/auth/login", "one", new { email = _owner.Email, authHash = _owner.AuthHash }, stranger);
        using var again = await SendAsync(HttpMethod.Post, "/v1/auth/login", "one", new { email = _owner.Email, authHash = _owner.AuthHash }, stranger);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (signIn.StatusCode, again.StatusCode));
        Assert.Equal(1, await _server.CountAsync("idempotent_writes")); // and the canary looks through its files
    }

    [Fact]
    public async Task Every_write_whose_answer_holds_a_secret_says_so()
    {
        Assert.Contains(Routes(_server), route => route.Metadata.GetMetadata<ApiDescription.SecretAnswer>() is not null);
        Assert.Empty(Silent(_server));

        await using var careless = await KeyPassServer.StartAsync(cluster, withProbe: false,
            map: app => app.MapPost("/v1/careless", () => TypedResults.Ok()).Requires(Credentials.Session).Produces<Envelope<Careless>>());
        Assert.Equal(["/v1/careless answers with AppPassword"], Silent(careless));
    }

    private sealed record Careless(string PublicKey, IReadOnlyList<Inside> Many);

    private sealed record Inside(string? AppPassword);

    private static IEnumerable<RouteEndpoint> Routes(KeyPassServer server) =>
        server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(route => route.Metadata
            .GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Any(method => Idempotency.AppliesTo(route.Metadata, method)) == true);

    private static IEnumerable<string> Silent(KeyPassServer server) =>
        from route in Routes(server)
        where route.Metadata.GetMetadata<ApiDescription.SecretAnswer>() is null
        from answer in route.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
        from secret in SecretsIn(answer.Type, [])
        select $"{route.RoutePattern.RawText} answers with {secret}";

    /// <summary>Text whose name says that it is one. What is public says that it is.</summary>
    private static IEnumerable<string> SecretsIn(Type? type, HashSet<Type> seen)
    {
        if (type is null || !seen.Add(type))
            return [];
        if (type.IsGenericType)
            return type.GenericTypeArguments.SelectMany(one => SecretsIn(one, seen)).Concat(Members(type));
        return type.Namespace?.StartsWith("KeyPass", StringComparison.Ordinal) == true ? Members(type) : [];

        IEnumerable<string> Members(Type of) => of.GetProperties().SelectMany(member =>
            member.PropertyType != typeof(string) ? SecretsIn(member.PropertyType, seen)
            : SecretName().IsMatch(member.Name) && !member.Name.Contains("Public", StringComparison.Ordinal) ? [member.Name]
            : []);
    }

    [GeneratedRegex("(Key|Token|Code|Secret|Password)$")]
    private static partial Regex SecretName();

    private Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string name, object? body = null, HttpClient? client = null, CancellationToken cancel = default) =>
        (client ?? _ana).SendAsync(new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body, body.GetType()),
            Headers = { { Idempotency.Header, name } },
        }, cancel);

    private static async Task<string?> CodeAsync(Task<HttpResponseMessage> answer, int status)
    {
        using var response = await answer;
        Assert.Equal(status, (int)response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString();
    }

    private Task<long> EntriesAsync(string action) => _server.CountAsync($"audit_entries WHERE action = '{action}'");
}
