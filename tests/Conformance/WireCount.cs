namespace KeyPass.Conformance;

/// <summary>Below an SDK for .NET: notes each time it asks. It changes nothing.</summary>
internal sealed class WireCount : DelegatingHandler
{
    private readonly List<Hit> _hits = [];

    public WireCount() => InnerHandler = new SocketsHttpHandler();

    public IReadOnlyList<Hit> Hits => _hits;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        var headers = answer.Headers.Concat(answer.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        _hits.Add(new Hit((int)answer.StatusCode, headers, Body: null));
        return answer;
    }
}
