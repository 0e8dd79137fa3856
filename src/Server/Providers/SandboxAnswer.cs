using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KeyPass.Server.Providers;

/// <summary>What the sandbox says to a request: the same to the same, with counts that anybody can check. Four bytes are a token.</summary>
internal sealed record SandboxAnswer(string Id, string Model, string Text, long InputTokens, long OutputTokens, bool IsCutShort)
{
    public const string Long = "sandbox-long";

    private const int BytesInToken = 4;
    private const int LongestQuote = 200;
    private const int LongSentences = 400;

    /// <summary>The members that carry what is said, in any of the shapes; <c>tools</c> and the like are not read.</summary>
    private static readonly string[] Spoken = ["system", "instructions", "messages", "input", "prompt", "content", "text"];

    /// <summary>How the shapes name the limit.</summary>
    private static readonly string[] Limits = ["max_completion_tokens", "max_output_tokens", "max_tokens"];

    public static SandboxAnswer Of(JsonElement body, string model)
    {
        var said = TextsIn(body).ToList();
        var text = Say(model, said.LastOrDefault() ?? "");
        var limit = Limits.Select(name => NumberIn(body, name))
            .FirstOrDefault(tokens => tokens is not null);
        var kept = limit is { } most && Tokens(text) > most ? text[..(int)Math.Max(0, most * BytesInToken)] : text;
        return new SandboxAnswer(Hash(string.Concat(said) + model), model, kept, said.Sum(Tokens), Tokens(kept), kept.Length < text.Length);
    }

    /// <summary>Word by word, as a stream brings it.</summary>
    public IEnumerable<string> Pieces()
    {
        var start = 0;
        for (var space = Text.IndexOf(' ', StringComparison.Ordinal); space >= 0; space = Text.IndexOf(' ', start))
        {
            yield return Text[start..(space + 1)];
            start = space + 1;
        }
        if (start < Text.Length)
            yield return Text[start..];
    }

    public static long Tokens(string text) => (Encoding.UTF8.GetByteCount(text) + BytesInToken - 1) / BytesInToken;

    /// <summary>FNV-1a: for names and numbers that depend on the input alone, and hide nothing.</summary>
    public static string Hash(string text)
    {
        var hash = 14_695_981_039_346_656_037;
        foreach (var one in Encoding.UTF8.GetBytes(text))
            hash = unchecked((hash ^ one) * 1_099_511_628_211);
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    public static IEnumerable<string> TextsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsIn),
        JsonValueKind.Object => element.EnumerateObject().Where(member => Spoken.Contains(member.Name)).SelectMany(member => TextsIn(member.Value)),
        _ => [],
    };

    private static long? NumberIn(JsonElement body, string name) =>
        body.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var number) ? number : null;

    /// <summary>ASCII throughout, so that its length in bytes is its length.</summary>
    private static string Say(string model, string last)
    {
        var quote = new string([.. last.Take(LongestQuote).Where(one => one is >= ' ' and <= '~')]);
        var first = $"This is {model} of the KeyPass sandbox, and no model. You said: {quote}";
        return model != Long ? first : string.Join(' ', Enumerable.Range(1, LongSentences)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"Sentence {number} of {LongSentences} of a long answer.")).Prepend(first));
    }
}
