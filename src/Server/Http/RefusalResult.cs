using System.Globalization;
using System.Text.Json;

namespace KeyPass.Server.Http;

/// <summary>A refusal on its way out, in the dialect of the route so that each SDK raises its own right exception.</summary>
internal sealed record RefusalResult(Refusal Refusal, string Message, string? Field, TimeSpan? RetryAfter) : IResult
{
    /// <summary>Where it was a provider's no that became this one.</summary>
    public ProviderAnswer? Provider { get; init; }

    /// <summary>Where it was about money.</summary>
    public RefusalBudget? Budget { get; init; }

    /// <summary>Where somebody else than the caller can mend it.</summary>
    public string? UpdateUrl { get; init; }

    /// <summary>What trying the same again cannot change. The SDKs would try twice more.</summary>
    private bool IsFinal => Refusal.Status is 401 or 402 or 403 || Refusal == Refusals.ProviderAuthFailed;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Refusal.Status;
        response.ContentType = "application/json";
        // Set again here: what a route had begun to answer (a cache lifetime, say) is not true of a refusal.
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (IsFinal)
            response.Headers["x-should-retry"] = "false";
        var (dialect, requestId) = (Dialect.Of(httpContext), RequestId.Of(httpContext));
        // Where the SDKs look for it. On a provider's own answer they find the provider's there.
        if (dialect != Dialect.KeyPass)
            response.Headers["x-request-id"] = response.Headers["request-id"] = requestId;
        var body = dialect.Write(this, requestId);
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(httpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body).AsTask();
    }
}

/// <summary>How a family of clients wants a no written.</summary>
internal sealed class Dialect
{
    private readonly Action<Utf8JsonWriter, RefusalResult, string> _write;

    private Dialect(Action<Utf8JsonWriter, RefusalResult, string> write) => _write = write;

    /// <summary>KeyPass's own envelope.</summary>
    public static readonly Dialect KeyPass = new((json, no, requestId) =>
    {
        json.WriteBoolean("success", false);
        json.WriteStartObject("error");
        json.WriteString("code", no.Refusal.Code);
        json.WriteString("message", no.Message);
        if (no.Field is not null)
            json.WriteString("field", no.Field);
        json.WriteString("requestId", requestId);
        WriteCause(json, no);
        json.WriteEndObject();
    });

    public static readonly Dialect OpenAi = new((json, no, _) =>
    {
        json.WriteStartObject("error");
        json.WriteString("message", no.Message);
        json.WriteString("type", OpenAiType(no.Refusal.Status));
        json.WriteString("param", no.Field);
        json.WriteString("code", no.Refusal.Code);
        WriteCause(json, no);
        json.WriteEndObject();
    });

    public static readonly Dialect Anthropic = new((json, no, requestId) =>
    {
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", AnthropicType(no.Refusal.Status));
        json.WriteString("message", no.Message);
        json.WriteString("code", no.Refusal.Code);
        WriteCause(json, no);
        json.WriteEndObject();
        json.WriteString("request_id", requestId);
    });

    public static readonly Dialect Gemini = new((json, no, requestId) =>
    {
        json.WriteStartObject("error");
        json.WriteNumber("code", no.Refusal.Status);
        json.WriteString("message", no.Message);
        json.WriteString("status", GoogleStatus(no.Refusal.Status));
        json.WriteStartArray("details");
        json.WriteStartObject();
        json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        json.WriteString("reason", no.Refusal.Code);
        json.WriteString("domain", "keypass");
        json.WriteStartObject("metadata");
        json.WriteString("requestId", requestId);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        WriteCause(json, no);
        json.WriteEndObject();
    });

    /// <summary>
    /// What the route says of itself; where no route matched, Anthropic's clients are known by their header. A plain 404 under
    /// /v1 keeps KeyPass's own form: nothing tells an OpenAI client from a management one there.
    /// </summary>
    public static Dialect Of(HttpContext context)
    {
        if (context.Items.TryGetValue(typeof(Dialect), out var spoken))
            return (Dialect)spoken!;
        if (context.GetEndpoint()?.Metadata.GetMetadata<Dialect>() is { } stated)
            return stated;
        return context.Request.Headers.ContainsKey("anthropic-version") ? Anthropic : KeyPass;
    }

    /// <summary>For routes that two kinds of clients share: known once the request is looked at.</summary>
    public void Speak(HttpContext context) => context.Items[typeof(Dialect)] = this;

    public byte[] Write(RefusalResult no, string requestId)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            _write(json, no, requestId);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteCause(Utf8JsonWriter json, RefusalResult no)
    {
        if (no.Provider is { } said)
        {
            json.WriteStartObject("provider");
            json.WriteNumber("status", said.Status);
            json.WriteString("code", said.Code);
            json.WriteString("message", said.Message);
            json.WriteEndObject();
        }
        no.Budget?.Write(json);
        if (no.UpdateUrl is not null)
            json.WriteString("updateUrl", no.UpdateUrl);
    }

    private static string GoogleStatus(int status) => status switch
    {
        400 or 413 or 415 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        402 or 429 => "RESOURCE_EXHAUSTED",
        504 => "DEADLINE_EXCEEDED",
        502 or 503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };

    private static string OpenAiType(int status) => status switch
    {
        429 => "rate_limit_exceeded",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    private static string AnthropicType(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        504 => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
