using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Link;

/// <summary>What one call of an everyday length costs at a model: people judge an amount by what it buys.</summary>
internal sealed record EverydayCall(string Provider, string Model, long NanoUsd)
{
    private const int InputTokens = 1000;
    private const int OutputTokens = 500;

    /// <summary>What people begin with, for an app that asks for no model in particular.</summary>
    private static readonly Dictionary<string, string> Usual = new(StringComparer.Ordinal)
    {
        ["openai"] = "gpt-5-mini",
        ["azure"] = "gpt-5-mini",
        ["anthropic"] = "claude-sonnet-4-5",
        ["google"] = "gemini-2.5-flash",
        ["vertex"] = "gemini-2.5-flash",
        ["groq"] = "llama-3.3-70b-versatile",
        ["mistral"] = "mistral-large-latest",
        ["deepseek"] = "deepseek-chat",
        ["xai"] = "grok-4",
        ["cohere"] = "command-a",
        [SandboxHandler.Provider] = "sandbox-ok",
    };

    /// <summary>Of each model that the app names, at the first provider that has a price for it; of one for each provider where it names none.</summary>
    public static IReadOnlyList<EverydayCall> Of(PriceBook book, IReadOnlyList<string> providers, IReadOnlyList<string> models, DateTimeOffset now)
    {
        EverydayCall? At(string provider, string? model) =>
            model is not null && book.Find(provider, model, now)?.RatesAt(InputTokens) is { } rates
            && rates.Of(UsageClass.Input) is { } input && rates.Of(UsageClass.Output) is { } output
                ? new EverydayCall(provider, model,
                    Cost.Of(InputTokens, input, PriceFactors.Whole) + Cost.Of(OutputTokens, output, PriceFactors.Whole))
                : null;
        var found = models.Count > 0
            ? models.Select(model => providers.Select(provider => At(provider, model)).FirstOrDefault(call => call is not null))
            : providers.Select(provider => At(provider, Usual.GetValueOrDefault(provider)));
        return [.. found.OfType<EverydayCall>()];
    }
}
