using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Http;

/// <summary>
/// Turns what the framework throws or leaves empty into a refusal. A client's mistake is a 4xx that says which; everything
/// else is a bug of ours, logged with its request id and never shown.
/// </summary>
internal static class ExceptionMap
{
    /// <summary>nginx's number for "the client went away": nobody reads it, but the log then tells it from a failure of ours.</summary>
    public const int ClientClosedRequest = 499;

    public static void UseExceptionMap(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KeyPass.Unexpected");
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
                if (BareStatus(context) is { } refusal)
                    await refusal.ExecuteAsync(context);
            }
            catch (Exception failure) when (!context.Response.HasStarted)
            {
                if (context.RequestAborted.IsCancellationRequested)
                {
                    context.Response.StatusCode = ClientClosedRequest;
                    return;
                }
                var refusal = ForException(failure);
                if (failure is SealBroken broken)
                    log.LogError(failure, "A stored record does not match its seal: table {Table}, row {Row}", broken.Table, broken.Row);
                else if (refusal.Refusal == Refusals.InternalError)
                    log.LogError(failure, "An unexpected failure");
                // Kestrel reads no further on this connection after a broken body; say so.
                if (failure is BadHttpRequestException or IOException)
                    context.Response.Headers.Connection = "close";
                await refusal.ExecuteAsync(context);
            }
        });
    }

    private static RefusalResult NotJson =>
        Refusals.UnsupportedMediaType.Because("The body must be JSON: send it with 'Content-Type: application/json'.");

    private static RefusalResult TooLarge => Refusals.BodyTooLarge.Because("The request body is larger than this route takes.");

    public static RefusalResult ForException(Exception failure) => failure switch
    {
        BadHttpRequestException { InnerException: JsonException json } => ForJson(json),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } =>
            Refusals.RequestTimeout.Because("The request body did not arrive in time: send it without pauses."),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => NotJson,
        BadHttpRequestException bad => ForBinding(bad),
        JsonException json => ForJson(json),
        // Not the caller's fault, and trying again changes nothing: the row was damaged, or altered beside this server.
        SealBroken => Refusals.SealBroken.Because("A stored record that this request needs does not match its seal, so it was not opened and "
            + "nothing was sent anywhere. Your other keys are as they were. Ask the operator of this server, and quote the request id."),
        // A chunk of a wrong size, or a body that ended early, surfaces as one of these while it is read.
        IOException => Refusals.InvalidRequest.Because("The request body was not sent correctly (broken chunk, or cut off): send it again."),
        _ => Refusals.InternalError.Because("Something failed on our side. Nothing was charged for this request; quote the request id if you report it."),
    };

    private static RefusalResult ForJson(JsonException json)
    {
        if (json.InnerException is JsonException) // the reader's own: a comma, a quote, an end too early
            return Refusals.InvalidJson.Because($"The body is not valid JSON at line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}.");
        if (NamedAfter("missing required properties including: '", json.Message) is { } missing)
            return Refusals.InvalidRequest.Because($"The body lacks '{missing}'.", missing);
        return json.Path is { Length: > 2 } path
            ? Refusals.InvalidRequest.Because($"'{path[2..]}' has a value this route does not take: check its type against /docs/api.", path[2..])
            : Refusals.InvalidJson.Because("The body is not the JSON object this route takes, or names a member twice: see /docs/api.");
    }

    /// <summary>The framework's sentences name the parameter and quote its value; the value may be anything, so only the name is taken.</summary>
    private static RefusalResult ForBinding(BadHttpRequestException bad)
    {
        var name = NamedAfter("Required parameter \"", bad.Message) ?? NamedAfter("Failed to bind parameter \"", bad.Message);
        if (name?.Split(' ')[^1] is not { } field) // "int limit"
            return Refusals.InvalidRequest.Because("The request is malformed: check its path, query and headers against /docs/api.");
        return Refusals.InvalidRequest.Because($"'{field}' is missing, or has a value this route does not take: see /docs/api.", field);
    }

    private static string? NamedAfter(string words, string message)
    {
        var start = message.IndexOf(words, StringComparison.Ordinal);
        return start < 0 ? null : message[(start + words.Length)..].Split('\'', '"')[0];
    }

    private static RefusalResult? BareStatus(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength is not null || response.ContentType is not null)
            return null;
        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Refusals.NotFound.Because("There is nothing at this address, or it is not yours."),
            StatusCodes.Status405MethodNotAllowed =>
                Refusals.MethodNotAllowed.Because($"This address does not take {Method(context)}; it takes {response.Headers.Allow}."),
            StatusCodes.Status413PayloadTooLarge => TooLarge,
            StatusCodes.Status415UnsupportedMediaType => NotJson,
            >= 500 => Refusals.InternalError.Because("Something failed on our side; quote the request id if you report it."),
            _ => Refusals.InvalidRequest.Because("The request is malformed: check it against /docs/api."),
        };
    }

    private static string Method(HttpContext context) =>
        context.Request.Method.Length <= 10 && context.Request.Method.All(char.IsAsciiLetter) ? context.Request.Method : "that method";
}
