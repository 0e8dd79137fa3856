using System.Collections.Frozen;
using System.IO.Compression;
using Microsoft.Extensions.Primitives;

namespace KeyPass.Server.Http;

/// <summary>
/// Serves what the pages' build wrote into wwwroot. Everything is read once at start (a megabyte or two), and compressed once, when
/// it is first asked for. One HTML file serves every page of the app; the script in it reads the address. Documents are files of their own.
/// </summary>
internal static class PagesEndpoints
{
    private const string Shell = "index.html";

    /// <summary>The addresses that are pages. Any other answers 404, with the same shell, which then says so.</summary>
    private static readonly string[] Pages =
    [
        "/", "/apps", "/apps/{id}", "/connections", "/connections/{id}", "/docs/api", "/home", "/keys", "/keys/approvals", "/link/{hash}", "/logs",
        "/logs/{id}", "/migrate", "/recover", "/settings", "/settings/audit", "/settings/invites", "/settings/operator",
        "/settings/security", "/settings/tokens", "/sign-in", "/sign-in/managed", "/sign-up", "/usage", "/verify-email", "/virtual-keys",
    ];

    private static readonly string[] FilesAtRoot = ["favicon.svg", "llms.txt", "llms-full.txt"];

    private const string Assets = "assets/";

    /// <summary>For programs of others, on every origin. A page that names the hash of the script needs leave to read it, as for any file with one.</summary>
    private const string Sdk = "sdk/";

    /// <summary>How the file begins that may compile WebAssembly.</summary>
    private const string ArgonWorker = Assets + "argon.worker-";

    /// <summary>Names of assets carry a hash of their content: what was once fetched is right for ever.</summary>
    private const string Immutable = "public, max-age=31536000, immutable";

    /// <summary>Kept, and asked after each time.</summary>
    private const string AskedAgain = "no-cache";

    private static readonly FrozenDictionary<string, string> ContentTypes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".wasm"] = "application/wasm",
        [".json"] = "application/json",
        [".txt"] = "text/plain; charset=utf-8",
        [".md"] = "text/markdown; charset=utf-8",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".tgz"] = "application/gzip",
        [".nupkg"] = "application/zip",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Pressing them once more saves nothing.</summary>
    private static readonly FrozenSet<string> Compressed = FrozenSet.Create(StringComparer.Ordinal, "image/png", "application/gzip", "application/zip");

    public static void AddPages(this IServiceCollection services) =>
        services.AddSingleton(new PageFiles(PageFile.ReadAll(Path.Combine(AppContext.BaseDirectory, "wwwroot"))));

    /// <summary>A browser that was sent to an address that is none gets a page; a program gets JSON, from the step before.</summary>
    public static void UsePageForUnknownAddresses(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<PageFiles>().ByName;
        app.Use((context, next) => context.GetEndpoint() is null && (context.Request.Method is "GET" or "HEAD") && WantsHtml(context)
            ? SendAsync(context, files, Shell, StatusCodes.Status404NotFound)
            : next(context));
    }

    public static void MapPages(this WebApplication app)
    {
        var files = app.Services.GetRequiredService<PageFiles>().ByName;
        var pages = app.MapGroup("").ExcludeFromDescription().OpenToAnyone().LoggedQuietly();
        string[] readOnly = ["GET", "HEAD"];
        foreach (var address in Pages)
            pages.MapMethods(address, readOnly, context => SendAsync(context, files, Shell));
        foreach (var name in FilesAtRoot)
            pages.MapMethods($"/{name}", readOnly, context => SendAsync(context, files, name));
        pages.MapMethods("/docs/{document=index}", readOnly, context => SendDocumentAsync(context, files, $"docs/{context.Request.RouteValues["document"]}"));
        pages.MapMethods("/sdk/{file=index.json}", readOnly, context => SendAsync(context, files, $"{Sdk}{context.Request.RouteValues["file"]}"));
        pages.MapMethods("/assets/{file}", readOnly, context => SendAsync(context, files, $"{Assets}{context.Request.RouteValues["file"]}"));
    }

    /// <summary>A page with a policy of its own, for those who are named to put into a frame.</summary>
    public static Task SendFramedAsync(HttpContext context, string name, IReadOnlyCollection<string> framers)
    {
        if (!context.RequestServices.GetRequiredService<PageFiles>().ByName.TryGetValue(name, out var file))
            return NotBuilt().ExecuteAsync(context);
        SecurityHeaders.AllowFraming(context, framers);
        return file.SendAsync(context, "no-store");
    }

    private static bool WantsHtml(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static RefusalResult NotBuilt() => Refusals.PagesNotBuilt.Because(
        "The API runs, but its pages are not built: start with ./run, or 'npm run build' and build the server again.");

    private static RefusalResult NotFound() => Refusals.NotFound.Because("There is nothing at this address, or it is not yours.");

    /// <summary>A document as a page, or, with .md behind its name, as it was written.</summary>
    private static Task SendDocumentAsync(HttpContext context, FrozenDictionary<string, PageFile> files, string name)
    {
        if (name.EndsWith(".md", StringComparison.Ordinal))
            return SendAsync(context, files, name);
        if (files.ContainsKey($"{name}.html"))
            return SendAsync(context, files, $"{name}.html");
        return WantsHtml(context) ? SendAsync(context, files, Shell, StatusCodes.Status404NotFound) : NotFound().ExecuteAsync(context);
    }

    /// <summary>Any of the files. How long it is kept, and what it and others may do with it, follows from what it is.</summary>
    private static Task SendAsync(
        HttpContext context, FrozenDictionary<string, PageFile> files, string name, int status = StatusCodes.Status200OK)
    {
        if (!files.TryGetValue(name, out var file))
            return (name == Shell ? NotBuilt() : NotFound()).ExecuteAsync(context);
        var (headers, isPage) = (context.Response.Headers, name.EndsWith(".html", StringComparison.Ordinal));
        context.Response.StatusCode = status;
        if (isPage)
            headers.ContentSecurityPolicy = SecurityHeaders.PagePolicy;
        if (name.StartsWith(ArgonWorker, StringComparison.Ordinal))
            headers.ContentSecurityPolicy = SecurityHeaders.ArgonWorkerPolicy;
        if (name.StartsWith(Sdk, StringComparison.Ordinal))
        {
            headers.AccessControlAllowOrigin = "*";
            headers["Cross-Origin-Resource-Policy"] = "cross-origin";
            return file.SendAsync(context, AskedAgain);
        }
        return file.SendAsync(context, isPage ? AskedAgain : name.StartsWith(Assets, StringComparison.Ordinal) ? Immutable : "public, max-age=3600");
    }

    internal sealed record PageFiles(FrozenDictionary<string, PageFile> ByName);

    /// <param name="Brotli">Made when it is first asked for: a start that compresses all pages takes half a second longer.</param>
    internal sealed record PageFile(byte[] Plain, Lazy<byte[]>? Brotli, string ContentType, string Tag)
    {
        /// <summary>Below this the header costs more than the compression saves.</summary>
        private const int SmallestCompressed = 1024;

        public static FrozenDictionary<string, PageFile> ReadAll(string folder)
        {
            var files = new Dictionary<string, PageFile>(StringComparer.Ordinal);
            if (!Directory.Exists(folder))
                return files.ToFrozenDictionary(StringComparer.Ordinal);
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
                var plain = File.ReadAllBytes(path);
                var type = ContentTypes.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");
                var compressed = plain.Length >= SmallestCompressed && !Compressed.Contains(type)
                    ? new Lazy<byte[]>(() => Compress(plain))
                    : null;
                files[name] = new PageFile(plain, compressed, type, $"\"{plain.Length:x}-{File.GetLastWriteTimeUtc(path).Ticks:x}\"");
            }
            return files.ToFrozenDictionary(StringComparer.Ordinal);
        }

        public Task SendAsync(HttpContext context, string cacheControl)
        {
            var headers = context.Response.Headers;
            headers.CacheControl = cacheControl;
            headers.ETag = Tag;
            headers.Vary = "Accept-Encoding";
            if (context.Response.StatusCode == StatusCodes.Status200OK && context.Request.Headers.IfNoneMatch == new StringValues(Tag))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return Task.CompletedTask;
            }
            var compressed = Brotli is not null && context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
            if (compressed)
                headers.ContentEncoding = "br";
            var body = compressed ? Brotli!.Value : Plain;
            context.Response.ContentType = ContentType;
            context.Response.ContentLength = body.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(body).AsTask();
        }

        private static byte[] Compress(byte[] plain)
        {
            using var buffer = new MemoryStream();
            using (var brotli = new BrotliStream(buffer, CompressionLevel.SmallestSize))
                brotli.Write(plain);
            return buffer.ToArray();
        }
    }
}
