using System.Net;

namespace KeyPass.Server.Gateway;

/// <summary>A body in the pieces in which it lies in memory: nothing of it is copied.</summary>
internal sealed class ForwarderContent(Outgoing outgoing) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        outgoing.IsSent = true;
        foreach (var piece in outgoing.Body)
            await stream.WriteAsync(piece, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = outgoing.Body.Length;
        return true;
    }
}
