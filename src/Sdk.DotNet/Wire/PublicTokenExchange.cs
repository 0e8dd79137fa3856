namespace KeyPass.Sdk;

/// <summary>How an exchange goes over the wire.</summary>
internal sealed record PublicTokenExchange(string PublicToken, string? CodeVerifier);
