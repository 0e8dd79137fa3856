using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Accounts;

public sealed class ProfileTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestAccount _ana = new("ana");
    private KeyPassServer _server = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        _client = _server.NewClient();
        await _ana.RegisterAsync(_client);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_new_account_has_no_name_lives_in_UTC_and_runs_nothing()
    {
        var account = await GetAsync();

        Assert.Equal(_ana.AccountId.ToString("N"), account.GetProperty("accountId").GetString());
        Assert.Equal(_ana.Email, account.GetProperty("email").GetString());
        Assert.True(account.GetProperty("emailVerified").GetBoolean()); // on this machine there is nobody else whose address it could be
        Assert.Equal("sealed", account.GetProperty("custody").GetString());
        Assert.Equal("authHash", account.GetProperty("signsInWith").GetString());
        Assert.Equal(JsonValueKind.Null, account.GetProperty("name").ValueKind);
        Assert.Equal("UTC", account.GetProperty("timeZone").GetString());
        Assert.False(account.GetProperty("operator").GetBoolean());
    }

    [Theory]
    [InlineData("Asia/Kolkata", "Asia/Kolkata")]
    [InlineData("Mars/Olympus_Mons", "UTC")]
    public async Task Whoever_signs_up_lives_where_the_browser_says_if_there_is_such_a_place(string said, string lives)
    {
        using var made = await _server.Client.PostAsJsonAsync(
            "/v1/auth/register", new { email = $"{TestAccount.NewId():N}@example.com", password = "seven quiet otters paddle home", timeZone = said });
        var session = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("data").GetProperty("sessionToken").GetString()!;
        using var client = TestVault.Presenting(_server, session);

        var account = JsonDocument.Parse(await client.GetStringAsync("/v1/account")).RootElement.GetProperty("data");
        Assert.Equal(lives, account.GetProperty("timeZone").GetString());
    }

    [Fact]
    public async Task A_name_and_a_time_zone_are_kept_and_what_is_left_out_stays()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(new { name = "Ana Ångström 👩‍💻", timeZone = "Europe/Berlin" })).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(new { timeZone = "America/Argentina/Buenos_Aires" })).StatusCode);

        var account = await GetAsync();
        Assert.Equal("Ana Ångström 👩‍💻", account.GetProperty("name").GetString());
        Assert.Equal("America/Argentina/Buenos_Aires", account.GetProperty("timeZone").GetString());
    }

    [Fact]
    public async Task An_empty_name_takes_the_name_away()
    {
        await ChangeAsync(new { name = "Ana" });

        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(new { name = "" })).StatusCode);

        Assert.Equal(JsonValueKind.Null, (await GetAsync()).GetProperty("name").ValueKind);
    }

    [Fact]
    public async Task A_name_or_time_zone_that_is_none_is_400_names_the_member_and_changes_nothing()
    {
        foreach (var (field, wrong) in new (string, object)[]
        {
            ("name", new { }),
            ("name", new { name = new string('x', 101) }),
            ("name", new { name = "Ana\nBcc: x" }),
            ("timeZone", new { timeZone = "Berlin" }),
            ("timeZone", new { timeZone = "W. Europe Standard Time" }),
            ("timeZone", new { timeZone = "" }),
            ("timeZone", new { timeZone = "../../etc/passwd" }),
            ("timeZone", new { timeZone = "Europe/../Europe/Berlin" }),
            ("timeZone", new { timeZone = "/usr/share/zoneinfo/UTC" }),
            ("timeZone", new { name = "Ana", timeZone = new string('A', 200) }),
        })
        {
            using var refused = await ChangeAsync(wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(field, (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("field").GetString());
        }
        Assert.Equal(JsonValueKind.Null, (await GetAsync()).GetProperty("name").ValueKind);
    }

    private Task<HttpResponseMessage> ChangeAsync(object change) => _client.PatchAsJsonAsync("/v1/account", change);

    private async Task<JsonElement> GetAsync() => (await _client.GetFromJsonAsync<JsonElement>("/v1/account")).GetProperty("data");
}
