namespace KeyPass.Server.Providers;

/// <summary>The operator's choices: other addresses for some providers (tests, private deployments), and whether private ones are allowed at all.</summary>
/// <param name="Wait">As long as a provider may be silent before a call is given up.</param>
internal sealed record ProviderSettings(IReadOnlyDictionary<string, Uri> Overrides, bool AllowPrivateOrigins, TimeSpan Wait)
{
    /// <summary>Where a call is dialled. What a key is sealed for stays the logical origin; this comes after that check.</summary>
    public string Dial(string provider, string origin) => Overrides.GetValueOrDefault(provider)?.GetLeftPart(UriPartial.Authority) ?? origin;
}
