using System.Text;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Everything a page sends and gets, as the browser saw it, with headers; and the search for what must not be in it.</summary>
internal sealed class Wire
{
    /// <summary>A body that does not end by then never will: better a test that fails than one that waits.</summary>
    private static readonly TimeSpan LongestBody = TimeSpan.FromSeconds(30);

    private readonly List<Task<string>> _said = [];
    private int _documents;

    public Wire(IPage page)
    {
        page.Request += (_, request) => Keep(SentAsync(request));
        page.Response += (_, response) => Keep(ReceivedAsync(response));
        page.DOMContentLoaded += (_, _) => Interlocked.Increment(ref _documents);
    }

    public async Task<IReadOnlyList<string>> AllAsync()
    {
        Task<string>[] said;
        lock (_said)
            said = [.. _said];
        return await Task.WhenAll(said).WaitAsync(2 * LongestBody);
    }

    /// <summary>A sentence for each secret that is somewhere on the wire in one of its spellings.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(IReadOnlyDictionary<string, byte[]> secrets)
    {
        var all = await AllAsync();
        return
        [
            .. from secret in secrets
               from spelling in Spellings(secret.Value)
               from said in all
               where said.Contains(spelling, StringComparison.OrdinalIgnoreCase)
               select $"{secret.Key} in {said.Split('\n')[0]}",
        ];
    }

    /// <summary>
    /// Plain, percent-encoded, hex, and base64 in both alphabets. Within a longer text base64 shifts: three beginnings, each without
    /// the characters that its neighbours reach into.
    /// </summary>
    private static IEnumerable<string> Spellings(byte[] secret)
    {
        var text = Encoding.UTF8.GetString(secret);
        if (!text.Contains('\uFFFD', StringComparison.Ordinal))
        {
            yield return text;
            yield return Uri.EscapeDataString(text);
        }
        yield return Convert.ToHexString(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. secret]).TrimEnd('=');
            var sure = encoded[(shift == 0 ? 0 : shift + 1)..^2];
            yield return sure;
            yield return sure.Replace('+', '-').Replace('/', '_');
        }
    }

    private void Keep(Task<string> said)
    {
        lock (_said)
            _said.Add(said);
    }

    private static async Task<string> SentAsync(IRequest request)
    {
        Dictionary<string, string> headers;
        try
        {
            headers = await request.AllHeadersAsync().WaitAsync(LongestBody);
        }
        catch (TimeoutException)
        {
            headers = request.Headers; // one that a navigation broke off: those it was made with
        }
        return $"request {request.Method} {request.Url}\n{Lines(headers)}\n{request.PostData}";
    }

    private async Task<string> ReceivedAsync(IResponse response)
    {
        var document = Volatile.Read(ref _documents);
        var head = $"response {response.Status} {response.Url}\n{Lines(await response.AllHeadersAsync())}\n";
        // A file of ours that the browser fetches beside the page, and whose body it does not always hand out.
        if (response.Url.EndsWith("/favicon.svg", StringComparison.Ordinal))
            return head;
        try
        {
            return head + await response.TextAsync().WaitAsync(LongestBody);
        }
        catch (PlaywrightException)
        {
            return head; // a redirect or an empty answer has no body, and one that a navigation broke off never came
        }
        catch (TimeoutException) when (response.Request.Failure is not null || Volatile.Read(ref _documents) != document)
        {
            return head; // given up by the page that asked, when it was left: the browser does not always tell
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the body of {response.Request.Method} {response.Url} did not end");
        }
    }

    private static string Lines(Dictionary<string, string> headers) => string.Join('\n', headers.Select(header => $"{header.Key}: {header.Value}"));
}
