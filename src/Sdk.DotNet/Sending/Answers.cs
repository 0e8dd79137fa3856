using System.Text.Json;

namespace KeyPass.Sdk;

/// <summary>What an answer that is no success says. The body is the server's, or of something between us that speaks for it.</summary>
internal static class Answers
{
    public static KeyPassException ErrorOf(HttpResponseMessage response, string body)
    {
        var error = Parse(body) is { ValueKind: JsonValueKind.Object } answer ? Member(answer, "error", JsonValueKind.Object) : null;
        var code = error is { } said ? Text(said, "code") : null;
        if (error is not { } no || code is null)
        {
            return new KeyPassException("unexpected_answer", $"The server answered {(int)response.StatusCode}, and not in KeyPass's form.")
            {
                Status = (int)response.StatusCode,
                RequestId = RequestIdOf(response),
                RetryAfter = response.Headers.RetryAfter?.Delta,
            };
        }
        var message = Text(no, "message") ?? code;
        var exception = Budget(no) is { } budget ? new KeyPassBudgetException(code, message, budget)
        {
            Status = (int)response.StatusCode,
            RequestId = Text(no, "requestId") ?? RequestIdOf(response),
            UpdateUrl = Url(no),
            RetryAfter = response.Headers.RetryAfter?.Delta,
        }
        : new KeyPassException(code, message)
        {
            Status = (int)response.StatusCode,
            RequestId = Text(no, "requestId") ?? RequestIdOf(response),
            Field = Text(no, "field"),
            UpdateUrl = Url(no),
            RetryAfter = response.Headers.RetryAfter?.Delta,
            Provider = Provider(no),
        };
        return exception;
    }

    public static string? RequestIdOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-keypass-request-id", out var values) ? values.First() : null;

    public static JsonElement? Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement? Member(JsonElement of, string name, JsonValueKind kind) =>
        of.TryGetProperty(name, out var found) && found.ValueKind == kind ? found : null;

    private static string? Text(JsonElement of, string name) => Member(of, name, JsonValueKind.String)?.GetString();

    private static Uri? Url(JsonElement of) => Uri.TryCreate(Text(of, "updateUrl"), UriKind.Absolute, out var url) ? url : null;

    private static JsonElement? Provider(JsonElement of) => of.TryGetProperty("provider", out var said) ? said : null;

    private static BudgetRefusal? Budget(JsonElement of)
    {
        try
        {
            return Member(of, "budget", JsonValueKind.Object)?.Deserialize(KeyPassJson.Default.BudgetRefusal);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
