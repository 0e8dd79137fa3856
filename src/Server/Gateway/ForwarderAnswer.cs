using System.IO.Compression;

namespace KeyPass.Server.Gateway;

/// <summary>A provider's answer, whose body has not been read.</summary>
internal sealed class ForwarderAnswer(HttpResponseMessage message) : IDisposable
{
    public int Status => (int)message.StatusCode;

    public string? MediaType => message.Content.Headers.ContentType?.MediaType;

    /// <summary>Null where it says none, or where what arrives is unpacked here.</summary>
    public long? Length => IsPacked ? null : message.Content.Headers.ContentLength;

    public bool IsPacked => message.Content.Headers.ContentEncoding.Count > 0;

    /// <summary>As they came.</summary>
    public IEnumerable<(string Name, string Value)> Headers()
    {
        foreach (var (name, values) in message.Headers.NonValidated)
        {
            foreach (var value in values)
                yield return (name, value);
        }
        foreach (var (name, values) in message.Content.Headers.NonValidated)
        {
            foreach (var value in values)
                yield return (name, value);
        }
    }

    /// <summary>Plain: we ask for it so, and unpack where a provider does not listen, because a meter reads no packed numbers.</summary>
    public async Task<Stream> OpenAsync(CancellationToken cancel)
    {
        var stream = await message.Content.ReadAsStreamAsync(cancel);
        return message.Content.Headers.ContentEncoding.FirstOrDefault() switch
        {
            null or "identity" => stream,
            "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
            "br" => new BrotliStream(stream, CompressionMode.Decompress),
            "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
            _ => throw new IOException("the provider packed its answer in a way that was not asked for"),
        };
    }

    public void Dispose() => message.Dispose();
}
