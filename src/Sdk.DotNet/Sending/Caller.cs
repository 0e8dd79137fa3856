using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KeyPass.Sdk;

/// <summary>Makes calls to one server.</summary>
internal sealed class Caller(HttpClient http, string baseUrl, int maxRetries)
{
    /// <summary>Longer waits are the program's to decide about.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>The server said no before it did anything, and will not for long.</summary>
    private static readonly HashSet<string> Passing = new(StringComparer.Ordinal) { "draining", "overloaded", "ledger_unavailable", "database_unavailable" };

    /// <summary>The <c>data</c> of the answer.</summary>
    public async Task<T> AskAsync<T>(Call call, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var patience = new Patience(call.Timeout, cancellationToken);
        using var response = await OpenAsync(call, patience, cancellationToken).ConfigureAwait(false);
        var body = await ReadAsync(response, patience).ConfigureAwait(false);
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (answer.RootElement.ValueKind == JsonValueKind.Object
                && answer.RootElement.TryGetProperty("success", out var success) && success.ValueKind == JsonValueKind.True
                && answer.RootElement.TryGetProperty("data", out var data) && data.Deserialize(type) is { } read)
                return read;
        }
        catch (JsonException)
        {
            // Said below: whatever this is, it is no answer of KeyPass.
        }
        throw Answers.ErrorOf(response, body);
    }

    /// <summary>The answer with its body unread. A no is thrown.</summary>
    public async Task<HttpResponseMessage> OpenAsync(Call call, Patience patience, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                patience.Heard();
                return await OpenOnceAsync(call, patience).ConfigureAwait(false);
            }
            catch (KeyPassException failure) when (tries < maxRetries && MayBeRepeated(call, failure))
            {
                patience.Waive();
                await Task.Delay(failure.RetryAfter ?? Pause(tries), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One try; the answer whatever it says.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Patience patience)
    {
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Signal).ConfigureAwait(false);
            patience.Heard();
            return response;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            throw patience.ReasonFor(failure);
        }
    }

    private async Task<HttpResponseMessage> OpenOnceAsync(Call call, Patience patience)
    {
        using var request = call.ToRequest(baseUrl);
        var response = await SendAsync(request, patience).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw Answers.ErrorOf(response, await ReadAsync(response, patience).ConfigureAwait(false));
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, Patience patience)
    {
        try
        {
            return await response.Content.ReadAsStringAsync(patience.Signal).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            throw patience.ReasonFor(failure);
        }
    }

    private static bool MayBeRepeated(Call call, KeyPassException failure)
    {
        if (failure.RetryAfter > LongestWait || failure.Code == "timeout")
            return false;
        return Passing.Contains(failure.Code)
            || (call.Repeatable && (failure.Code is "unreachable" or "already_begun" || failure.Status is 429 or 502 or 503 or 504));
    }

    /// <summary>Spread, so that many programs that failed together do not come back together.</summary>
    private static TimeSpan Pause(int tries) =>
        TimeSpan.FromMilliseconds(125 * Math.Pow(4, tries) * (1 + (Once.Name().GetHashCode(StringComparison.Ordinal) & 0xff) / 256.0));
}
