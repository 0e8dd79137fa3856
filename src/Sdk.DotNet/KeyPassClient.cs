using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KeyPass.Sdk;

/// <summary>An app's server at KeyPass. One for the whole program, or from <see cref="KeyPassRegistration"/>; it may be used by many threads.</summary>
public sealed class KeyPassClient
{
    private readonly AuthenticationHeaderValue _app;
    private readonly string _baseUrl;
    private readonly KeyPassOptions _options;
    private readonly Caller _caller;

    /// <summary>A client with connections of its own, which live as long as the program.</summary>
    public KeyPassClient(KeyPassOptions options)
        : this(options, Prepared())
    {
    }

    /// <summary>A client on connections that somebody else keeps. They must not follow redirects, which would carry credentials along.</summary>
    public KeyPassClient(KeyPassOptions options, HttpClient http)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _baseUrl = Checked.BaseUrl(options.BaseUrl);
        var credential = $"{Checked.Credential(options.ClientId, nameof(options.ClientId))}:"
            + Checked.Credential(options.ClientSecret, nameof(options.ClientSecret));
        _app = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(credential)));
        _caller = new Caller(http, _baseUrl, options.MaxRetries);
    }

    /// <summary>For OpenAI's own SDK, with an access token as its API key: <c>new OpenAIClientOptions { Endpoint = keypass.OpenAIEndpoint }</c>.</summary>
    public Uri OpenAIEndpoint => new(_baseUrl + "/openai/v1");

    /// <summary>For Anthropic's own SDK, with an access token as its API key.</summary>
    public Uri AnthropicEndpoint => new(_baseUrl + "/anthropic");

    /// <summary>Begins to connect a user. The link token in the answer is for that user's browser.</summary>
    public async Task<LinkSession> CreateLinkSessionAsync(LinkSessionRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = Post("/v1/link/sessions", request, KeyPassJson.Default.LinkSessionRequest);
        try
        {
            return await _caller.AskAsync(call, KeyPassJson.Default.LinkSession, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyPassException failure) when (failure.Code == "already_done")
        {
            // A first try was done and its answer lost. Link tokens are never said twice; that session expires unused.
            return await _caller.AskAsync(call with { Once = Once.Name() }, KeyPassJson.Default.LinkSession, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>How a session went: for 24 hours.</summary>
    public Task<LinkSessionState> GetLinkSessionAsync(string linkSessionId, CancellationToken cancellationToken = default) =>
        _caller.AskAsync(Get($"/v1/link/sessions/{Checked.Segment(linkSessionId)}"), KeyPassJson.Default.LinkSessionState, cancellationToken);

    /// <summary>Turns what the browser brought into an access token, once.</summary>
    /// <param name="publicToken"><c>kp_pt_…</c></param>
    /// <param name="codeVerifier">What the session's code challenge was made of, if it had one.</param>
    /// <param name="linkSessionId">The session you began for this user: a public token of another is then not accepted.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<ExchangedConnection> ExchangePublicTokenAsync(
        string publicToken, string? codeVerifier = null, string? linkSessionId = null, CancellationToken cancellationToken = default)
    {
        var call = Post("/v1/link/exchange", new PublicTokenExchange(publicToken, codeVerifier), KeyPassJson.Default.PublicTokenExchange);
        var exchanged = await _caller.AskAsync(call, KeyPassJson.Default.ExchangedConnection, cancellationToken).ConfigureAwait(false);
        return linkSessionId is null || exchanged.LinkSessionId == linkSessionId ? exchanged : throw new KeyPassException(
            "wrong_session", "The public token is of another link session than the one named: this user did not begin it.");
    }

    /// <summary>A connection as it stands.</summary>
    public Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellationToken = default) =>
        _caller.AskAsync(Get($"/v1/connections/{Checked.Segment(connectionId)}"), KeyPassJson.Default.Connection, cancellationToken);

    /// <summary>Your app's connections, a page of them.</summary>
    public Task<ConnectionPage> ListConnectionsAsync(int? limit = null, string? cursor = null, CancellationToken cancellationToken = default) =>
        _caller.AskAsync(
            Get("/v1/connections", ("limit", limit?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("cursor", cursor)),
            KeyPassJson.Default.ConnectionPage, cancellationToken);

    /// <summary>What a connection has used.</summary>
    /// <param name="connectionId">The connection.</param>
    /// <param name="from">From this moment.</param>
    /// <param name="to">Until this moment.</param>
    /// <param name="groupBy"><c>day</c> or <c>model</c>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<UsageRow>> GetUsageAsync(
        string connectionId, DateTimeOffset? from = null, DateTimeOffset? to = null, string? groupBy = null, CancellationToken cancellationToken = default)
    {
        var call = Get(
            $"/v1/connections/{Checked.Segment(connectionId)}/usage", ("from", Moment(from)), ("to", Moment(to)), ("groupBy", groupBy));
        return (await _caller.AskAsync(call, KeyPassJson.Default.UsageRows, cancellationToken).ConfigureAwait(false)).Items;
    }

    /// <summary>A chat in OpenAI's words with any provider.</summary>
    public Task<ChatCompletion> ChatCompletionAsync(string accessToken, ChatRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _caller.AskAsync(Chat(accessToken, request with { Stream = null }), KeyPassJson.Default.ChatCompletion, cancellationToken);
    }

    /// <summary>The same as it is written. Leaving the loop hangs up; an answer that breaks off throws <c>interrupted</c>.</summary>
    public async IAsyncEnumerable<ChatChunk> StreamChatCompletionAsync(
        string accessToken, ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var call = Chat(accessToken, request with { Stream = true });
        using var patience = new Patience(call.Timeout, cancellationToken);
        using var response = await _caller.OpenAsync(call, patience, cancellationToken).ConfigureAwait(false);
        await foreach (var chunk in ChatChunks.ReadAsync(response, patience, cancellationToken).ConfigureAwait(false))
            yield return chunk;
    }

    /// <summary>Any other call to a provider, in its own words. The answer as it came, a no of the provider too; its body unread. Tried once.</summary>
    /// <param name="accessToken"><c>kp_at_…</c></param>
    /// <param name="provider">E.g. <c>openai</c>.</param>
    /// <param name="method">The provider's method.</param>
    /// <param name="path">The provider's own path, e.g. <c>/v1/embeddings</c>.</param>
    /// <param name="content">The provider's own body.</param>
    /// <param name="cancellationToken">Ends the call until its body comes.</param>
    public async Task<HttpResponseMessage> PassthroughAsync(
        string accessToken, string provider, HttpMethod method, string path, HttpContent? content = null, CancellationToken cancellationToken = default)
    {
        var address = $"{_baseUrl}/v1/proxy/passthrough/{Checked.Segment(provider)}{Checked.Path(path)}";
        using var patience = new Patience(_options.ProviderTimeout, cancellationToken);
        using var request = new HttpRequestMessage(method, address) { Content = content };
        request.Headers.Authorization = Bearer(accessToken);
        return await _caller.SendAsync(request, patience).ConfigureAwait(false);
    }

    internal static void Prepare(HttpClient http) => http.Timeout = Timeout.InfiniteTimeSpan; // ours begins anew with every byte

    internal static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // So that a changed address is noticed.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    };

    private static HttpClient Prepared()
    {
        var http = new HttpClient(CreateHandler());
        Prepare(http);
        return http;
    }

    private static AuthenticationHeaderValue Bearer(string accessToken) => new("Bearer", Checked.Credential(accessToken, nameof(accessToken)));

    private static string? Moment(DateTimeOffset? moment) =>
        moment?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>It costs money: only what surely was not begun is tried again.</summary>
    private Call Chat(string accessToken, ChatRequest request) =>
        new(HttpMethod.Post, "/v1/proxy/chat/completions", Bearer(accessToken), _options.ProviderTimeout, Repeatable: false)
        {
            Json = JsonSerializer.SerializeToUtf8Bytes(request, KeyPassJson.Default.ChatRequest),
        };

    private Call Get(string path, params (string Name, string? Value)[] query)
    {
        var given = string.Join('&', query.Where(one => one.Value is not null).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}"));
        return new Call(HttpMethod.Get, given.Length == 0 ? path : $"{path}?{given}", _app, _options.Timeout, Repeatable: true);
    }

    private Call Post<T>(string path, T body, JsonTypeInfo<T> type) => new(HttpMethod.Post, path, _app, _options.Timeout, Repeatable: true)
    {
        Json = JsonSerializer.SerializeToUtf8Bytes(body, type),
        Once = Once.Name(),
    };
}
