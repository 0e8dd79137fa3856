using System.Text.Json;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>Azure's secret is JSON: <c>{"apiKey":"…","deployments":{"model":"deployment"}}</c>. Its header takes the API key alone.</summary>
internal static class AzureSecret
{
    public static ReadOnlySpan<byte> KeyIn(string provider, ReadOnlySpan<byte> secret)
    {
        if (provider != "azure")
            return secret;
        var reader = new Utf8JsonReader(secret);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            var isApiKey = reader.ValueTextEquals("apiKey"u8);
            if (isApiKey && reader.Read() && reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
                return reader.ValueSpan;
            reader.Skip();
        }
        throw new SealBroken();
    }

    /// <summary>Which deployment serves which model, where its owner said so: a copy, which holds nothing of the key.</summary>
    public static JsonElement? DeploymentsIn(ReadOnlySpan<byte> secret)
    {
        var reader = new Utf8JsonReader(secret);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                continue;
            var isDeployments = reader.ValueTextEquals("deployments"u8);
            reader.Read();
            if (isDeployments)
                return JsonElement.ParseValue(ref reader);
            reader.Skip();
        }
        return null;
    }
}
