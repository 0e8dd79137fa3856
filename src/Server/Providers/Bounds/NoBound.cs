namespace KeyPass.Server.Providers.Bounds;

/// <summary>Why a call can have no bound, in a sentence that says what to do, and the member it is about.</summary>
/// <param name="IsPriceUnknown">Nobody told us a price; else nobody documents a maximum.</param>
internal sealed record NoBound(string? Field, string Sentence, bool IsPriceUnknown = false)
{
    public static NoBound Unpriced(string provider, string model, string what = "costs") => new(
        "model",
        $"Nobody told KeyPass what '{Shown(model)}' {what}, so a key with a budget cannot use it: " + (IsCustom(provider)
            ? $"set its price with PUT /v1/prices/custom/{Shown(model)}."
            : $"an operator can set its price with PUT /v1/prices/{provider}/{Shown(model)}."),
        IsPriceUnknown: true);

    public static NoBound Unlimited(string provider, string model, string what, string remedy) => new(
        "model",
        $"The price of '{Shown(model)}' does not say {what}, so nobody can say what this call costs at most: {remedy} "
            + $"with PUT /v1/prices/{(IsCustom(provider) ? "custom" : provider)}/{Shown(model)}.");

    public static bool IsCustom(string provider) => provider.StartsWith(ProviderCatalog.CustomPrefix, StringComparison.Ordinal);

    private static string Shown(string model) => model.Length <= 100 ? model : model[..100] + "…";
}
