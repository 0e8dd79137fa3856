using System.Text.Json;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>
/// A call of KeyPass's own chat route: OpenAI's body with one member more, <c>provider</c>. It is taken out before anything else is read,
/// so that the provider never sees a member it does not know.
/// </summary>
internal static class UnifiedBody
{
    /// <summary>The provider that is named, or null; the member is gone. What is no JSON object stays as it is: its reader says what is wrong.</summary>
    public static string? TakeProvider(BodyRoom.Held held, out BodyProblem? problem)
    {
        problem = null;
        try
        {
            return Take(held, out problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Take(BodyRoom.Held held, out BodyProblem? problem)
    {
        problem = null;
        var reader = new Utf8JsonReader(held.Content.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        var end = (int)reader.BytesConsumed; // of what stands before the member, its comma not counted
        var isFirst = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (start, isProvider) = ((int)reader.TokenStartIndex, reader.ValueTextEquals("provider"u8));
            reader.Read();
            if (isProvider && reader.TokenType != JsonTokenType.String)
            {
                problem = new BodyProblem("provider", "'provider' takes the name of a provider, like openai: GET /v1/providers has them.");
                return null;
            }
            if (isProvider)
            {
                var name = reader.GetString();
                var after = (int)reader.BytesConsumed;
                var isLast = reader.Read() && reader.TokenType == JsonTokenType.EndObject;
                // With the comma on one side of it: behind, or where it was the last, before.
                if (isFirst)
                    held.Cut(start, isLast ? after : (int)reader.TokenStartIndex);
                else
                    held.Cut(end, after);
                return name;
            }
            reader.Skip();
            (end, isFirst) = ((int)reader.BytesConsumed, false);
        }
        return null;
    }
}
