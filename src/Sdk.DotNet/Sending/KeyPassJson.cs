using System.Text.Json.Serialization;

namespace KeyPass.Sdk;

/// <summary>Reading and writing made at build time: nothing is looked up while the program runs, so that it can be trimmed.</summary>
/// <remarks>What it reads sets every <c>init</c> member, those that did not come too; so a member with a default has a <c>set</c>.</remarks>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BudgetRefusal))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(Connection))]
[JsonSerializable(typeof(ConnectionPage))]
[JsonSerializable(typeof(ExchangedConnection))]
[JsonSerializable(typeof(LinkSession))]
[JsonSerializable(typeof(LinkSessionRequest))]
[JsonSerializable(typeof(LinkSessionState))]
[JsonSerializable(typeof(PublicTokenExchange))]
[JsonSerializable(typeof(UsageRows))]
internal sealed partial class KeyPassJson : JsonSerializerContext;
