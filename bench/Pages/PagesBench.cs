using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using KeyPass.Bench.Gateway;
using KeyPass.Server.Persistence;

namespace KeyPass.Bench.Pages;

/// <summary>What the pages' own questions cost an account with very many rows, and whether that grows faster than the rows do.</summary>
internal static class PagesBench
{
    private const int Repeats = 15;

    private static readonly (int Keys, int Receipts)[] Sizes = [(1_000, 20_000), (10_000, 200_000)];

    /// <param name="root">Of the repository: the results are written there.</param>
    public static async Task<int> RunAsync(string root, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("keypass-bench-").FullName;
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        try
        {
            await using var database = await Database.OpenAsync(new DatabaseSettings(null, folder, null), cancel);
            using var server = await StartServerAsync(root, folder, database);
            using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };
            var rows = new ManyRows(database, await MakeVirtualKeyAsync(client, cancel));
            var measured = new List<(string What, double Milliseconds)[]>();
            foreach (var (keys, receipts) in Sizes)
            {
                Console.Error.WriteLine($"  {keys} virtual keys, {receipts} receipts …");
                await rows.FillAsync(keys, receipts, cancel);
                measured.Add(await MeasureAsync(client, cancel));
            }
            var page = Page(measured[0], measured[1]);
            await File.WriteAllTextAsync(Path.Combine(root, "bench/PAGES.md"), page, cancel);
            Console.WriteLine(page);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Contender> StartServerAsync(string root, string folder, Database database)
    {
        var port = Contender.FreePort();
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ConnectionStrings__KeyPass"] = database.Source.ConnectionString,
            ["KeyPass__DataDirectory"] = Path.Combine(folder, "server"),
            ["KeyPass__RingFile"] = Path.Combine(folder, "ring"),
        };
        var binary = Path.Combine(root, "src/Server/bin/Release/net10.0/KeyPass.Server.dll");
        return Contender.StartAsync(
            "KeyPass", port, $"0-{Environment.ProcessorCount - 1}", Path.Combine(folder, "server.log"), ["dotnet", binary], environment);
    }

    private static async Task<Guid> MakeVirtualKeyAsync(HttpClient client, CancellationToken cancel)
    {
        var account = await PostAsync(client, "/v1/auth/register", new { email = "many@example.com", password = "seven quiet otters paddle home" }, cancel);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", account.GetProperty("sessionToken").GetString());
        var held = await PostAsync(client, "/v1/keys", new { provider = "openai", apiKey = "sk-proj-" + new string('0', 156), label = "many" }, cancel);
        var wish = new { name = "team-00001", providerKeyIds = new[] { held.GetProperty("id").GetString() } };
        return Guid.ParseExact((await PostAsync(client, "/v1/virtual-keys", wish, cancel)).GetProperty("id").GetString()!, "N");
    }

    private static async Task<(string What, double Milliseconds)[]> MeasureAsync(HttpClient client, CancellationToken cancel)
    {
        var from = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddDays(-ManyRows.Days).ToString("O", CultureInfo.InvariantCulture));
        var (lastKeys, lastLogs) = (await FarAsync(client, "/v1/virtual-keys?limit=200", cancel), await FarAsync(client, "/v1/logs?limit=200", cancel));
        (string What, string Address)[] asked =
        [
            ("Virtual keys, first page", "/v1/virtual-keys?limit=50"),
            ("Virtual keys, a page far down", "/v1/virtual-keys?limit=50&cursor=" + lastKeys),
            ("Virtual keys, nearest to their limits", "/v1/virtual-keys?sort=nearest&limit=6"),
            ("Logs, first page", "/v1/logs?limit=50"),
            ("Logs, a page far down", "/v1/logs?limit=50&cursor=" + lastLogs),
            ("Logs, one model's", "/v1/logs?limit=50&model=gpt-5-3"),
            ("Logs, failures only", "/v1/logs?limit=50&status=error"),
            ("Usage of 90 days by model", $"/v1/usage?from={from}&groupBy=model"),
            ("Usage of 90 days by model, for each day", $"/v1/usage?from={from}&groupBy=model&per=day"),
            ("Usage of 90 days by virtual key", $"/v1/usage?from={from}&groupBy=key"),
        ];
        var measured = new List<(string, double)>();
        foreach (var (what, address) in asked)
            measured.Add((what, await MedianAsync(client, address, cancel)));
        return [.. measured];
    }

    /// <summary>Where a quarter of an hour of paging comes to.</summary>
    private static async Task<string> FarAsync(HttpClient client, string address, CancellationToken cancel)
    {
        var cursor = "";
        for (var page = 0; page < 40; page++)
        {
            var data = await GetAsync(client, cursor.Length == 0 ? address : $"{address}&cursor={cursor}", cancel);
            if (data.GetProperty("nextCursor").GetString() is not { } next)
                break;
            cursor = Uri.EscapeDataString(next);
        }
        return cursor;
    }

    private static async Task<double> MedianAsync(HttpClient client, string address, CancellationToken cancel)
    {
        var times = new List<double>();
        for (var turn = -3; turn < Repeats; turn++)
        {
            var began = Stopwatch.GetTimestamp();
            await GetAsync(client, address, cancel);
            if (turn >= 0)
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        return times[Repeats / 2];
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string address, CancellationToken cancel)
    {
        using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), cancel);
        return await ReadAsync(answer, cancel);
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body, CancellationToken cancel)
    {
        using var answer = await client.PostAsJsonAsync(path, body, cancel);
        return await ReadAsync(answer, cancel);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{answer.RequestMessage!.RequestUri} was answered with {(int)answer.StatusCode}: {text}");
        using var body = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        return body.RootElement.GetProperty("data").Clone();
    }

    private static string Page((string What, double Milliseconds)[] few, (string What, double Milliseconds)[] many)
    {
        var text = new StringBuilder();
        Line($"# What a page's questions cost with very many rows");
        Line($"");
        Line($"Written by `bench/run --pages` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}. {Machine.Description}.");
        Line($"Medians of {Repeats} requests over loopback, whole answers read. All belongs to one account; the receipts are of {ManyRows.Days} days.");
        Line($"");
        Line($"| Milliseconds | {Sizes[0].Keys:N0} virtual keys, {Sizes[0].Receipts:N0} receipts | {Sizes[1].Keys:N0} and {Sizes[1].Receipts:N0} | growth |");
        Line($"|---|---|---|---|");
        foreach (var ((what, before), (_, after)) in few.Zip(many))
            Line($"| {what} | {before:0.0} | {after:0.0} | {after / before:0.0} × |");
        Line($"");
        Line($"Ten times the rows: a list that stays near 1 × reads its page and nothing more; a sum that stays below 10 × costs no more for each receipt.");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
