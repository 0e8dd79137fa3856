using System.Globalization;
using System.Text;

namespace KeyPass.Server.Providers.Bounds;

/// <summary>The member by which a provider limits an answer: what it says, and how it is lowered.</summary>
internal static class OutputField
{
    private const string Completion = "max_completion_tokens";
    private const string Plain = "max_tokens";

    /// <summary>Families of OpenAI's that refuse the older name, wherever they are served.</summary>
    private static readonly string[] NewNames = ["o1", "o3", "o4", "gpt-5", "gpt-6"];

    public static string NameFor(string provider, Operation operation, string model) => operation switch
    {
        Operation.Responses => "max_output_tokens",
        Operation.GenerateContent or Operation.StreamGenerateContent => "generationConfig.maxOutputTokens",
        Operation.Chat => TakesBoth(provider) && provider is "openai" or "azure" or "xai" or "groq" || IsOfNewName(model) ? Completion : Plain,
        _ => Plain,
    };

    /// <summary>The largest limit that the body names in a way that its provider keeps to; null where it names none.</summary>
    public static long? LimitIn(BoundCall call)
    {
        var signs = call.Signs;
        return call.Operation switch
        {
            Operation.Responses or Operation.GenerateContent or Operation.StreamGenerateContent => signs.MaxOutputTokens.Tokens,
            Operation.Chat when TakesBoth(call.Provider) || IsOfNewName(call.Models[0]) => Larger(signs.MaxTokens.Tokens, signs.MaxCompletionTokens.Tokens),
            _ => signs.MaxTokens.Tokens,
        };
    }

    /// <summary>Every limit in the body that is higher becomes this one; where there is none, it is put in.</summary>
    public static IEnumerable<Splice> Lowered(CostSigns signs, string provider, Operation operation, string model, long tokens)
    {
        var number = Encoding.ASCII.GetBytes(tokens.ToString(CultureInfo.InvariantCulture));
        var name = NameFor(provider, operation, model);
        var own = name is Completion ? signs.MaxCompletionTokens : name is Plain ? signs.MaxTokens : signs.MaxOutputTokens;
        var alternative = operation == Operation.Chat && TakesBoth(provider) ? name is Completion ? signs.MaxTokens : signs.MaxCompletionTokens : default;
        foreach (var limit in (OutputLimit[])[signs.MaxTokens, signs.MaxCompletionTokens, signs.MaxOutputTokens])
        {
            if (limit.Tokens > tokens)
                yield return new Splice(limit.At, limit.Length, number);
        }
        if (own.Tokens is not null || alternative.Tokens is not null)
            yield break;
        yield return own.IsThere ? new Splice(own.At, own.Length, number)
            : operation is Operation.GenerateContent or Operation.StreamGenerateContent ? InGeneration(signs, number)
            : new Splice(signs.RootAt, 0, [.. Member(name, number), .. signs.HasMembers ? ","u8 : ""u8]);
    }

    private static Splice InGeneration(CostSigns signs, byte[] number)
    {
        var member = Member("maxOutputTokens", number);
        var (found, at, length) = signs.Generation;
        return found switch
        {
            StreamOptions.What.Nothing => new Splice(at, length, [.. "\"generationConfig\":{"u8, .. member, .. "}"u8, .. signs.HasMembers ? ","u8 : ""u8]),
            StreamOptions.What.Null => new Splice(at, length, [.. "{"u8, .. member, .. "}"u8]),
            StreamOptions.What.Empty => new Splice(at, length, member),
            StreamOptions.What.Filled => new Splice(at, length, [.. member, .. ","u8]),
            _ => throw new InvalidOperationException($"{found} is no state of generationConfig"),
        };
    }

    private static byte[] Member(string name, byte[] number) => [.. "\""u8, .. Encoding.ASCII.GetBytes(name), .. "\":"u8, .. number];

    /// <summary>The others are only documented to keep to the older name; what they do not know they pass over.</summary>
    private static bool TakesBoth(string provider) =>
        provider is "openai" or "azure" or "groq" or "xai" or "openrouter" or "fireworks" or "google" or "sandbox";

    private static bool IsOfNewName(string model) => Array.Exists(NewNames, model[(model.LastIndexOf('/') + 1)..].StartsWith);

    private static long? Larger(int? one, int? other) => one is null || other > one ? other : one;
}
