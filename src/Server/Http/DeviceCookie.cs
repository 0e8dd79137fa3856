namespace KeyPass.Server.Http;

/// <summary>Tells a browser that signed in before from the rest of the world. It outlives the session, and is no credential.</summary>
internal static class DeviceCookie
{
    private const string Name = "__Host-keypass-device";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    public static string? Read(HttpRequest request) => request.Cookies[Name];

    public static void Give(HttpContext http, string mark) => http.Response.Cookies.Append(Name, mark, new CookieOptions
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = Lifetime,
    });
}
