using System.IO.Compression;
using KeyPass.Server.Http;
using Microsoft.AspNetCore.Http.Features;

namespace KeyPass.Server.Gateway;

/// <summary>Takes a call's body in, whole, decoded and within its bounds.</summary>
internal sealed class BodyReader(BodyRoom room)
{
    /// <summary>Anthropic's limit, the largest among the providers' for JSON.</summary>
    public const int MostJson = 32 * 1024 * 1024;

    /// <summary>OpenAI's limit for sound and pictures.</summary>
    public const int MostForm = 25 * 1024 * 1024;

    private const int FirstGuess = 16 * 1024;

    /// <summary>Text of the worst kind packs about 30 to 1; what unpacks further than this was made to.</summary>
    private const int MostRatio = 100;

    /// <summary>The body, or why not.</summary>
    public async Task<(BodyRoom.Held? Body, RefusalResult? Refusal)> ReadAsync(HttpContext http, int most, CancellationToken cancel)
    {
        var request = http.Request;
        if (request.ContentLength > most)
            return (null, TooLarge(most));
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = most + 1L;
        var encoding = request.Headers.ContentEncoding.ToString().ToLowerInvariant();
        if (encoding is "" or "identity")
            return await FillAsync(request.Body, (int?)request.ContentLength, most, most, cancel);
        if (encoding is not ("gzip" or "br"))
            return (null, Refusals.UnsupportedMediaType.Because("The body's Content-Encoding is none that this server decodes: send gzip, br, or it plain."));
        var (packed, refusal) = await FillAsync(request.Body, (int?)request.ContentLength, most, most, cancel);
        if (packed is null)
            return (null, refusal);
        using (packed)
            return await UnpackAsync(packed.Content, encoding == "br", most, cancel);
    }

    private async Task<(BodyRoom.Held?, RefusalResult?)> UnpackAsync(ReadOnlyMemory<byte> packed, bool isBrotli, int most, CancellationToken cancel)
    {
        using var source = new MemoryStream(packed.ToArray(), writable: false);
        await using Stream plain = isBrotli ? new BrotliStream(source, CompressionMode.Decompress) : new GZipStream(source, CompressionMode.Decompress);
        try
        {
            return await FillAsync(plain, null, (int)Math.Min(most, (long)packed.Length * MostRatio), most, cancel);
        }
        catch (Exception failure) when (failure is InvalidDataException or InvalidOperationException)
        {
            return (null, Refusals.InvalidRequest.Because("The body is not what its Content-Encoding says."));
        }
    }

    private async Task<(BodyRoom.Held?, RefusalResult?)> FillAsync(Stream source, int? expected, int bound, int named, CancellationToken cancel)
    {
        var body = room.TryTake(expected ?? FirstGuess);
        try
        {
            while (body is not null)
            {
                // Where its length was said, the server reads no further than that.
                var read = body.Length == expected ? 0 : await source.ReadAsync(body.Free, cancel);
                if (read == 0)
                {
                    var whole = body;
                    body = null;
                    return (whole, null);
                }
                body.Length += read;
                if (body.Length > bound)
                    return (null, TooLarge(named));
                if (body.Length != expected && body.Free.IsEmpty)
                    body = body.TryGrow(bound);
            }
            return (null, Refusals.Overloaded.Because(
                "This server holds as many large requests as it can: try again in a moment.", retryAfter: TimeSpan.FromSeconds(1)));
        }
        finally
        {
            body?.Dispose();
        }
    }

    private static RefusalResult TooLarge(int most) =>
        Refusals.BodyTooLarge.Because($"The request body is larger than this route takes: at most {most / (1024 * 1024)} MB, also when it is unpacked.");
}
