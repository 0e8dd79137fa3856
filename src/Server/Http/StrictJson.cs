using System.Text.Json;
using System.Text.Json.Serialization;

namespace KeyPass.Server.Http;

/// <summary>How JSON is read and written here. Two readings of one body are a hole: what is ambiguous is refused.</summary>
internal static class StrictJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        // "model" twice: we would check one and the provider might use the other.
        options.AllowDuplicateProperties = false;
        options.MaxDepth = Limits.JsonDepth;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.AllowTrailingCommas = false;
        options.ReadCommentHandling = JsonCommentHandling.Disallow;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }
}
