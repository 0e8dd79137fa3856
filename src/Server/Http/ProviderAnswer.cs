namespace KeyPass.Server.Http;

/// <summary>A provider's refusal, without anything of a key in it.</summary>
internal sealed record ProviderAnswer(int Status, string? Code, string? Message);
