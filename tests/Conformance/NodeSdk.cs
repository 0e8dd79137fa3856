using System.Diagnostics;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Conformance;

/// <summary>An SDK for JavaScript, in a process of its own: a script of <c>node</c> reads what to do and tells what came of it.</summary>
internal sealed class NodeSdk : ISdk, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly Task<string> _errors;

    public NodeSdk(string script)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Artifacts.RepositoryRoot, "tests/Conformance/node", script)])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // An SDK also reads addresses and keys from the environment: here it finds none.
        foreach (var name in start.Environment.Keys.Where(name => name is not "PATH" and not "HOME").ToList())
            start.Environment.Remove(name);
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public bool HasEnded => _process.HasExited;

    public async Task<Outcome> RunAsync(string name, string baseUrl, string secret, Action? first = null)
    {
        try
        {
            return await AskAsync(name, baseUrl, secret, first);
        }
        catch (TimeoutException)
        {
            // Or its answer, when it comes, would be taken for that of the next case.
            _process.Kill();
            await _process.WaitForExitAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasEnded)
            _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }

    private async Task<Outcome> AskAsync(string name, string baseUrl, string secret, Action? first)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { name, baseUrl, secret }));
        await _process.StandardInput.FlushAsync();
        while (true)
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
                ?? throw new InvalidOperationException("the script ended: " + await _errors);
            var told = JsonDocument.Parse(line).RootElement;
            if (!told.TryGetProperty("progress", out _))
                return Read(told);
            first?.Invoke();
        }
    }

    private static Outcome Read(JsonElement told) => new(
        told.TryGetProperty("result", out var result) ? result.GetRawText() : null,
        told.TryGetProperty("error", out var error) ? ReadRaised(error) : null,
        [.. told.GetProperty("hits").EnumerateArray().Select(ReadHit)]);

    private static Raised ReadRaised(JsonElement error) => new(
        error.GetProperty("type").GetString()!, error.GetProperty("status") is { ValueKind: JsonValueKind.Number } status ? status.GetInt32() : null,
        error.GetProperty("code").ToString() is { Length: > 0 } code ? code : null, error.GetProperty("message").GetString()!,
        error.GetProperty("body").GetRawText(), error.GetProperty("requestId").GetString());

    private static Hit ReadHit(JsonElement hit) => new(
        hit.GetProperty("status").GetInt32(),
        hit.GetProperty("headers").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!, StringComparer.OrdinalIgnoreCase),
        hit.GetProperty("body").ValueKind == JsonValueKind.Null ? null : hit.GetProperty("body").GetBytesFromBase64());
}
