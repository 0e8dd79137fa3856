using System.Net;
using System.Text;

namespace KeyPass.Server.Providers;

/// <summary>
/// Reads the file by which somebody shows that a web address is his. The address is what a person told us, so it is dialled by the rules
/// for such: public ones only, no redirects, little and not for long.
/// </summary>
internal sealed class OwnerProof(ProviderSettings settings) : IDisposable
{
    /// <summary>One line is asked for.</summary>
    private const int MostBytes = 4 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _client = new(ProviderConnections.New(publicOnly: !settings.AllowPrivateOrigins));

    /// <summary>Whether a line of the file is just this.</summary>
    public async Task<bool> HasLineAsync(Uri file, string line, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, file) { Version = HttpVersion.Version11 };
            request.Headers.Add("User-Agent", "KeyPass");
            using var answer = await _client.SendAsync(request, patience.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
                return false;
            var room = new byte[MostBytes];
            await using var stream = await answer.Content.ReadAsStreamAsync(patience.Token);
            var size = await stream.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, patience.Token);
            return Encoding.UTF8.GetString(room, 0, size).Split('\n').Any(one => one.Trim() == line);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    public void Dispose() => _client.Dispose();
}
