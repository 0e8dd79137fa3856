using System.Net;
using System.Text.Json;

namespace KeyPass.Samples.Notes;

/// <summary>The page, with the address of KeyPass's script and the hash that the browser holds it to.</summary>
internal sealed class NotesPage(HttpClient http, NotesSettings settings, IWebHostEnvironment files)
{
    public async Task SendAsync(HttpContext context)
    {
        var keyPass = settings.KeyPass.BaseUrl.GetLeftPart(UriPartial.Authority);
        var sdk = await http.GetFromJsonAsync<JsonElement>($"{keyPass}/sdk/index.json", context.RequestAborted);
        var script = sdk.GetProperty("script");
        var page = await File.ReadAllTextAsync(Path.Combine(files.WebRootPath, "notes.html"), context.RequestAborted);
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        // As strict as a page gets: KeyPass needs its script and its frame, and nothing else.
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'self' {keyPass}; style-src 'self'; img-src 'self'; "
            + $"connect-src 'self'; frame-src {keyPass}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
        await context.Response.WriteAsync(page
            .Replace("{keypass}", WebUtility.HtmlEncode(keyPass), StringComparison.Ordinal)
            .Replace("{script}", WebUtility.HtmlEncode($"{keyPass}/sdk/{script.GetProperty("file").GetString()}"), StringComparison.Ordinal)
            .Replace("{integrity}", WebUtility.HtmlEncode(script.GetProperty("integrity").GetString()), StringComparison.Ordinal));
    }
}
