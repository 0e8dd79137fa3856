namespace KeyPass.Server.Providers;

/// <summary>Which providers tell the usage of a stream only when asked, and take the asking well.</summary>
internal static class UsageInjection
{
    /// <summary>The first API version of Azure's that knows stream_options.</summary>
    private const string AzureSince = "2024-09";

    /// <param name="provider">Its catalogue id, or <c>custom:…</c>.</param>
    /// <param name="operation">What is asked for.</param>
    /// <param name="azureApiVersion">Azure's <c>api-version</c>; null on its v1 surface, which has none.</param>
    public static bool Helps(string provider, Operation operation, string? azureApiVersion = null) =>
        operation is Operation.Chat or Operation.Completions
        && provider switch
        {
            // These tell it unasked.
            "groq" or "mistral" or "cohere" => false,
            "azure" => azureApiVersion is null || !char.IsAsciiDigit(azureApiVersion.FirstOrDefault())
                || string.CompareOrdinal(azureApiVersion, AzureSince) >= 0,
            _ => true,
        };
}
