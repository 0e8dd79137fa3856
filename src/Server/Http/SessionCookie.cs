namespace KeyPass.Server.Http;

/// <summary>
/// A browser's session: the same credential as a bearer's, in a cookie that no script reads and no other site makes the browser
/// send. Requests that change something must besides come from a page of ours, by the browser's own word for it.
/// </summary>
internal static class SessionCookie
{
    /// <summary>The prefix makes browsers insist on Secure, this host alone, and the whole path.</summary>
    private const string Name = "__Host-keypass";

    /// <summary>
    /// Says only that there is a session, to our own pages: without it they would have to ask, and a visitor's console would fill
    /// with refusals. It opens nothing.
    /// </summary>
    private const string SignName = "__Host-keypass-signed-in";

    public static void Give(HttpContext http, string session, DateTimeOffset expires) => Set(http, session, "1", expires);

    /// <summary>With what the browser kept of our pages: nothing of this person is shown to the next.</summary>
    public static void Take(HttpContext http)
    {
        Set(http, "", "", DateTimeOffset.UnixEpoch);
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
    }

    public static string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(Name, out var session) && (ChangesNothing(request) || IsFromOurPage(request)) ? session : null;

    private static bool ChangesNothing(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <summary>Scripts cannot set this header, so a page elsewhere cannot pretend; every browser we support sends it.</summary>
    private static bool IsFromOurPage(HttpRequest request) => request.Headers["Sec-Fetch-Site"] == "same-origin";

    private static void Set(HttpContext http, string session, string sign, DateTimeOffset expires)
    {
        http.Response.Cookies.Append(Name, session, Options(expires, forScripts: false));
        http.Response.Cookies.Append(SignName, sign, Options(expires, forScripts: true));
    }

    private static CookieOptions Options(DateTimeOffset expires, bool forScripts) => new()
    {
        HttpOnly = !forScripts,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        Expires = expires,
    };
}
