using System.Net.Http.Json;
using static KeyPass.Server.Accounts.AuthWire;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// Keeps cookies as a browser does at our own address, and says like one where its requests come from. (The base library's jar would
/// hold Secure cookies back on the plain http that tests speak.)
/// </summary>
internal sealed class TestBrowser : DelegatingHandler
{
    public const string SessionCookie = "__Host-keypass";
    public const string DeviceCookie = "__Host-keypass-device";

    private TestBrowser() => InnerHandler = new RecordingHandler { InnerHandler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false } };

    public Dictionary<string, string> Cookies { get; } = new(StringComparer.Ordinal);

    /// <summary><c>Sec-Fetch-Site</c>; null from a program, or a browser too old to say.</summary>
    public string? Site { get; set; } = "same-origin";

    public HttpClient Client { get; private set; } = null!;

    public static TestBrowser Open(KeyPassServer server)
    {
        var browser = new TestBrowser();
        browser.Client = new HttpClient(browser) { BaseAddress = server.Address };
        return browser;
    }

    /// <summary>As the page does it: the session comes in a cookie.</summary>
    public async Task RegisterAsync(TestAccount who)
    {
        using var response = await Client.PostRegistrationAsync(who.Registration() with { Session = SessionForm.Cookie });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> LogInAsync(TestAccount who, string? authHash = null, string way = "login") =>
        Client.PostAsJsonAsync($"/v1/auth/{way}", new { email = who.Email, authHash = authHash ?? who.AuthHash, session = "cookie" });

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Cookies.Count > 0)
            request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        if (Site is not null)
            request.Headers.Add("Sec-Fetch-Site", Site);
        var response = await base.SendAsync(request, cancellationToken);
        foreach (var header in response.Headers.TryGetValues("Set-Cookie", out var values) ? values : [])
        {
            var pair = header.Split(';')[0].Split('=', 2);
            if (pair[1].Length == 0)
                Cookies.Remove(pair[0]);
            else
                Cookies[pair[0]] = pair[1];
        }
        return response;
    }
}
