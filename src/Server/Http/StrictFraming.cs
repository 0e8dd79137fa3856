namespace KeyPass.Server.Http;

/// <summary>
/// Where a request ends must be one thing to us and to whatever stands in front. Kestrel takes a few forms that others read differently: those are
/// refused, and the connection ends with them, because what follows may be somebody's second request.
/// </summary>
internal static class StrictFraming
{
    /// <summary>Where Kestrel puts a length that came beside chunks.</summary>
    private const string Displaced = "X-Content-Length";

    /// <summary>A lone line feed ends no line.</summary>
    public static void Apply() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    public static void UseStrictFraming(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Request.Headers;
        var chunked = headers.TransferEncoding;
        if (chunked.Count == 0
            || (chunked.Count == 1 && "chunked".Equals(chunked[0], StringComparison.OrdinalIgnoreCase)
                && !headers.ContainsKey(Displaced) && headers.ContentLength is null))
            return next(context);
        context.Response.Headers.Connection = "close";
        return Refusals.InvalidRequest.Because("The request says in two ways where its body ends: send Content-Length or chunks.").ExecuteAsync(context);
    });
}
