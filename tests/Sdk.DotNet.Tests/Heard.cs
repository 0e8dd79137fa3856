using System.Text.Json.Nodes;

namespace KeyPass.Sdk.Tests;

/// <summary>A request as it arrived.</summary>
public sealed record Heard(string Method, string Url, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode? Json => JsonNode.Parse(Body);
}
