using System.Globalization;
using System.Text.Json;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Prices;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>
/// The models that a caller may use, in the form of the surface it speaks: those of the price book, of the providers whose keys it holds, within
/// its scope. A provider's own list would name what the key may not call. A server of the owner's own is asked for its list, because no book has it
/// (docs/decisions/0013-own-servers-are-asked-for-their-models.md).
/// </summary>
internal sealed class ModelList
{
    private const string All = "/models";
    private const string Custom = "custom";

    private readonly Surface _surface;
    private readonly string? _one;
    private readonly Func<GrantKey, bool> _named;

    private ModelList(Surface surface, string? one, Func<GrantKey, bool> named) => (_surface, _one, _named) = (surface, one, named);

    /// <summary>Null where the path asks for something else.</summary>
    public static ModelList? Find(Surface surface, string path, Func<GrantKey, bool> named) => path == All
        ? new ModelList(surface, null, named)
        : path.StartsWith(All + "/", StringComparison.Ordinal) && path.Length > All.Length + 1
            ? new ModelList(surface, Uri.UnescapeDataString(path[(All.Length + 1)..]), named)
            : null;

    public async Task RunAsync(HttpContext http)
    {
        var (caller, refusal) = await http.RequestServices.GetRequiredService<Admission>()
            .AdmitAsync(http.Request, alsoInQuery: _surface == Surface.Gemini, http.RequestAborted);
        if (caller is null)
        {
            await refusal!.ExecuteAsync(http);
            return;
        }
        using var _ = caller;
        var models = await ModelsAsync(http.RequestServices, caller);
        if (_one is null)
        {
            await WriteAsync(http, json => WriteAll(json, models));
            return;
        }
        if (models.FirstOrDefault(model => model.Id == _one) is { } found)
            await WriteAsync(http, json => WriteOne(json, found));
        else
            await Refusals.NotFound.Because("There is no such model among those that this key may use.").ExecuteAsync(http);
    }

    private sealed record Listed(string Provider, string Id, DateTimeOffset? Since = null, long? ContextTokens = null, long? MaxOutputTokens = null);

    private async Task<List<Listed>> ModelsAsync(IServiceProvider services, Admitted caller)
    {
        var grant = caller.Grant;
        var serving = grant.Keys.Where(held => Serves(grant, held)).ToList();
        var own = serving.Count > 0 ? await AskAsync(services, caller, serving[0]) : [];
        var book = services.GetRequiredService<PriceBookSource>().For(grant.AccountId);
        return
        [
            .. serving.Select(held => held.Provider).Distinct().SelectMany(book.ModelsOf)
                .Select(price => new Listed(price.Provider, price.Id, price.ValidFrom, price.ContextTokens, price.MaxOutputTokens))
                .Concat(own.Select(name => new Listed(Custom, name)))
                .Where(model => grant.Scope.AllowsModel(model.Id))
                .DistinctBy(model => model.Id)
                .OrderBy(model => model.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// Models without a price are called with the first key that serves the address, and under a budget not at all: other lists would promise too much.
    /// </summary>
    private async Task<IReadOnlyList<string>> AskAsync(IServiceProvider services, Admitted caller, GrantKey first) =>
        ProviderCatalog.NameOf(first.Provider) == Custom && caller.Grant.Chains[first.Row.KeyId].Count == 0
            ? await services.GetRequiredService<CustomModels>().ListAsync(
                first.Of(caller.Grant.Found.Grant.VaultId), () => caller.Unseal(first, _surface, services.GetRequiredService<Ring>()))
            : [];

    private bool Serves(LiveGrant grant, GrantKey held) =>
        _named(held) && (!grant.Limits.IsTest || held.Provider == KeyChoice.Sandbox)
        && grant.Scope.AllowsProvider(ProviderCatalog.NameOf(held.Provider)) && ProviderSurface.BaseOf(held.Provider, _surface) is not null;

    private void WriteAll(Utf8JsonWriter json, List<Listed> models)
    {
        json.WriteStartObject();
        if (_surface == Surface.OpenAi)
            json.WriteString("object", "list");
        json.WriteStartArray(_surface == Surface.Gemini ? "models" : "data");
        foreach (var model in models)
            WriteOne(json, model);
        json.WriteEndArray();
        if (_surface == Surface.Anthropic)
        {
            json.WriteBoolean("has_more", false);
            json.WriteString("first_id", models.FirstOrDefault()?.Id);
            json.WriteString("last_id", models.LastOrDefault()?.Id);
        }
        json.WriteEndObject();
    }

    private void WriteOne(Utf8JsonWriter json, Listed model)
    {
        // The book knows since when a price holds, not since when a model exists; SDKs want some time.
        var since = model.Since ?? DateTimeOffset.UnixEpoch;
        json.WriteStartObject();
        switch (_surface)
        {
            case Surface.OpenAi:
                json.WriteString("id", model.Id);
                json.WriteString("object", "model");
                json.WriteNumber("created", since.ToUnixTimeSeconds());
                json.WriteString("owned_by", model.Provider);
                break;
            case Surface.Anthropic:
                json.WriteString("type", "model");
                json.WriteString("id", model.Id);
                json.WriteString("display_name", model.Id);
                json.WriteString("created_at", since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteString("name", "models/" + model.Id);
                json.WriteString("displayName", model.Id);
                if (model.ContextTokens is { } window)
                    json.WriteNumber("inputTokenLimit", window);
                if (model.MaxOutputTokens is { } output)
                    json.WriteNumber("outputTokenLimit", output);
                break;
        }
        json.WriteEndObject();
    }

    private static async Task WriteAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = buffer.Length;
        await http.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), http.RequestAborted);
    }
}
