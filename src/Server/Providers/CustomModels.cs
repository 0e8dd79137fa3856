using System.Buffers;
using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Which models servers of people's own say that they have. Whoever runs one may answer anything: so little of it is read, and the answer, also
/// none, is kept for a minute, so that nobody makes this server ask in a loop.
/// </summary>
internal sealed class CustomModels(ProviderSettings settings, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>The longest list that is known, of a reseller of 400 models, is half of it.</summary>
    private const int MostBytes = 1024 * 1024;

    /// <summary>Of all names of one server together, because they are kept.</summary>
    private const int MostLetters = 64 * 1024;

    private const int LongestName = 200;
    private const int MostKept = 250;

    private readonly HttpMessageInvoker _client = new(ProviderConnections.New(publicOnly: !settings.AllowPrivateOrigins));

    /// <summary>For the addresses that the operator put in a provider's place.</summary>
    private readonly HttpMessageInvoker _overrides = new(ProviderConnections.New(publicOnly: false));

    private readonly Dictionary<KeyVersion, Answer> _known = [];

    private sealed record Answer(Task<IReadOnlyList<string>> Names, DateTimeOffset At);

    /// <summary>Empty where the server does not say. Many who ask at once wait for the same answer, so none of them can take it away.</summary>
    /// <param name="version">Which key is presented.</param>
    /// <param name="open">Opens it; it is wiped as soon as the server has answered.</param>
    public Task<IReadOnlyList<string>> ListAsync(in KeyVersion version, Func<HeaderSecret> open)
    {
        var now = clock.GetUtcNow();
        lock (_known)
        {
            if (_known.TryGetValue(version, out var known) && (now - known.At).Duration() < Kept)
                return known.Names;
            if (_known.Count >= MostKept)
                _known.Remove(_known.MinBy(one => one.Value.At).Key);
            return (_known[version] = new Answer(AskAsync(version, open()), now)).Names;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _overrides.Dispose();
    }

    private async Task<IReadOnlyList<string>> AskAsync(KeyVersion version, HeaderSecret secret)
    {
        using var held = secret;
        using var patience = new CancellationTokenSource(Patience);
        var room = ArrayPool<byte>.Shared.Rent(MostBytes);
        try
        {
            var path = ProviderSurface.BaseOf(version.Provider, Surface.OpenAi) + "/models";
            using var request = KeyQuestion.NewRequest(HttpMethod.Get, new Uri(settings.Dial(version.Provider, version.Origin) + path));
            KeyQuestion.Put(request, held.Name, held.Value);
            var client = settings.Overrides.ContainsKey(version.Provider) ? _overrides : _client;
            using var response = await client.SendAsync(request, patience.Token);
            return response.IsSuccessStatusCode && await KeyQuestion.ReadAsync(response, room, patience.Token) is var size && size < room.Length
                ? Read(room.AsMemory(0, size))
                : [];
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            return [];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    /// <summary>As OpenAI writes it, or as the bare list that some make of it.</summary>
    private static List<string> Read(ReadOnlyMemory<byte> json)
    {
        using var parsed = JsonDocument.Parse(json);
        var list = parsed.RootElement;
        if (list.ValueKind == JsonValueKind.Object && list.TryGetProperty("data", out var data))
            list = data;
        var (names, letters) = (new List<string>(), 0);
        if (list.ValueKind != JsonValueKind.Array)
            return names;
        foreach (var model in list.EnumerateArray())
        {
            if (NameOf(model) is not { Length: > 0 and <= LongestName } name)
                continue;
            if ((letters += name.Length) > MostLetters)
                break;
            names.Add(name);
        }
        return names;
    }

    private static string? NameOf(JsonElement model)
    {
        try
        {
            return model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half a letter.
            return null;
        }
    }
}
