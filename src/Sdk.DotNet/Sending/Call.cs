using System.Net.Http.Headers;

namespace KeyPass.Sdk;

/// <summary>A request that can be made more than once.</summary>
/// <param name="Path">With its leading slash; put together from checked parts.</param>
/// <param name="Repeatable">True where a second try cannot do a thing twice: it reads, or it carries an Idempotency-Key.</param>
internal sealed record Call(HttpMethod Method, string Path, AuthenticationHeaderValue Authorization, TimeSpan Timeout, bool Repeatable)
{
    public byte[]? Json { get; init; }

    public string? Once { get; init; }

    public HttpRequestMessage ToRequest(string baseUrl)
    {
        var request = new HttpRequestMessage(Method, baseUrl + Path);
        request.Headers.Authorization = Authorization;
        if (Once is not null)
            request.Headers.Add("Idempotency-Key", Once);
        if (Json is not null)
            request.Content = new ByteArrayContent(Json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return request;
    }
}
