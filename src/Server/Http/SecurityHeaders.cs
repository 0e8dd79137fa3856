namespace KeyPass.Server.Http;

/// <summary>On every answer. The strict policy is the default; a page that needs more says so, in one place, with its reason.</summary>
internal static class SecurityHeaders
{
    /// <summary>JSON and errors: nothing in them is ever to be run, framed or shown.</summary>
    private const string ApiPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>
    /// Our own pages: own files only, no inline code, and no string ever becomes script. The one Trusted Types policy lets the
    /// vault start its two workers, and knows no other address. An app's logo comes inside an answer, as data.
    /// </summary>
    public const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        + "trusted-types keypass-workers";

    /// <summary>
    /// The one page that others may put in a frame: those who are named, and nobody else. It holds no secret and no cookie. An app's logo
    /// comes inside an answer, as data.
    /// </summary>
    public static void AllowFraming(HttpContext context, IReadOnlyCollection<string> framers)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + $"form-action 'none'; base-uri 'none'; frame-ancestors {(framers.Count == 0 ? "'none'" : string.Join(' ', framers))}; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";
        if (framers.Count > 0)
            headers.Remove("X-Frame-Options"); // knows no list, and would forbid what the policy allows
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }

    /// <summary>
    /// The worker that hashes passwords runs WebAssembly, which is compiled from bytes; a worker's policy is that of its own file.
    /// No other answer allows it.
    /// </summary>
    public const string ArgonWorkerPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'; base-uri 'none'; "
        + "form-action 'none'";

    public static void UseSecurityHeaders(this WebApplication app, bool overTls) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ApiPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-store";
        if (overTls)
            headers.StrictTransportSecurity = "max-age=63072000; includeSubDomains";
        return next(context);
    });
}
