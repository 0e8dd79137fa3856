using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace KeyPass.Sdk;

/// <summary>The chunks of a streamed answer as they come.</summary>
internal static class ChatChunks
{
    /// <summary>No event of a chat comes near this; what does would fill the memory.</summary>
    private const int LongestLine = 16 * 1024 * 1024;

    public static async IAsyncEnumerable<ChatChunk> ReadAsync(
        HttpResponseMessage response, Patience patience, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var finished = false;
        await using (stream.ConfigureAwait(false))
        {
            await foreach (var line in LinesAsync(stream, patience).ConfigureAwait(false))
            {
                if (!line.StartsWith("data:", StringComparison.Ordinal))
                    continue;
                var text = line[5..].Trim();
                if (text == "[DONE]")
                    yield break;
                var chunk = ToChunk(text, response);
                finished |= chunk.Choices.Any(choice => choice.FinishReason is not null);
                yield return chunk;
            }
        }
        if (!finished)
            throw Broken("interrupted", "The answer broke off.", response);
    }

    private static ChatChunk ToChunk(string text, HttpResponseMessage response)
    {
        if (Answers.Parse(text) is not { ValueKind: JsonValueKind.Object } said)
            throw Broken("unexpected_answer", "An event of the stream is no JSON object.", response);
        if (Answers.Member(said, "error", JsonValueKind.Object) is { } error)
        {
            var no = Answers.ErrorOf(response, text);
            // A provider's own words in the middle of its answer have no code of ours.
            throw no.Code != "unexpected_answer" ? no : new KeyPassException("provider_refused", "The provider ended its answer with an error.")
            {
                Status = (int)response.StatusCode,
                RequestId = Answers.RequestIdOf(response),
                Provider = error,
            };
        }
        try
        {
            return said.Deserialize(KeyPassJson.Default.ChatChunk)!;
        }
        catch (JsonException)
        {
            throw Broken("unexpected_answer", "An event of the stream is no chunk of a chat.", response);
        }
    }

    private static async IAsyncEnumerable<string> LinesAsync(Stream stream, Patience patience)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var buffer = new char[8192];
        var line = new StringBuilder();
        while (await FillAsync(reader, buffer, patience).ConfigureAwait(false) is var count and > 0)
        {
            var from = 0;
            for (var end = Array.IndexOf(buffer, '\n', 0, count); end >= 0; end = Array.IndexOf(buffer, '\n', from, count - from))
            {
                yield return line.Append(buffer, from, end - from).ToString();
                line.Clear();
                from = end + 1;
            }
            line.Append(buffer, from, count - from);
            if (line.Length > LongestLine)
                throw new KeyPassException("unexpected_answer", "An event of the stream is longer than 16 MB.");
        }
        yield return line.ToString();
    }

    private static async ValueTask<int> FillAsync(StreamReader reader, char[] buffer, Patience patience)
    {
        try
        {
            var count = await reader.ReadAsync(buffer.AsMemory(), patience.Signal).ConfigureAwait(false);
            patience.Heard();
            return count;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            throw patience.ReasonFor(failure);
        }
    }

    private static KeyPassException Broken(string code, string message, HttpResponseMessage response) =>
        new(code, message) { Status = (int)response.StatusCode, RequestId = Answers.RequestIdOf(response) };
}
