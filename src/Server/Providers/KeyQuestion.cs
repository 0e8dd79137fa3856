using System.Net;

namespace KeyPass.Server.Providers;

/// <summary>What is asked to try one key. Holds what it presents, and no more of the key than that, until it is disposed of.</summary>
internal abstract class KeyQuestion(string name) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>As people know the provider.</summary>
    protected string Name { get; } = name;

    public async Task<KeyTest> AnswerAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await AskAsync(patience.Token);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return KeyTest.Unreachable(Name);
        }
    }

    public void Dispose()
    {
        Wipe();
        GC.SuppressFinalize(this);
    }

    protected abstract void Wipe();

    protected abstract Task<KeyTest> AskAsync(CancellationToken patience);

    public static HttpRequestMessage NewRequest(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address) { Version = HttpVersion.Version11 };
        request.Headers.Add("User-Agent", "KeyPass");
        return request;
    }

    public static void Put(HttpRequestMessage request, string name, string value)
    {
#pragma warning disable RS0030 // Add would copy the key into strings nobody overwrites; that no character splits the request is part of making it.
        request.Headers.TryAddWithoutValidation(name, value);
#pragma warning restore RS0030
    }

    /// <summary>The beginning of an answer, and all of one that fits.</summary>
    public static async Task<int> ReadAsync(HttpResponseMessage response, Memory<byte> room, CancellationToken patience)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(patience);
        return await stream.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, patience);
    }
}
