using System.Text.Json;

namespace KeyPass.Server.Providers;

/// <summary>Takes what is wanted out of one JSON text, in one pass, without building it.</summary>
internal abstract class AnswerWalk
{
    /// <summary>Deeper than what we send or take ourselves: a tool's arguments nest as their author liked.</summary>
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 512 };

    protected Picked Found { get; } = new();

    /// <exception cref="JsonException">It is no JSON object.</exception>
    protected void Walk(ReadOnlySpan<byte> text, Wanted wanted)
    {
        var json = new Utf8JsonReader(text, Reading);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new JsonException();
        Members(ref json, wanted);
    }

    /// <summary>One element of a list was walked; what it held is found, and forgotten before the next.</summary>
    protected abstract void Element(AnswerField list);

    private void Members(ref Utf8JsonReader json, Wanted wanted)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = wanted.Find(ref json);
            json.Read();
            if (member is null)
                json.Skip();
            else
                Take(ref json, member);
        }
    }

    private void Take(ref Utf8JsonReader json, Wanted member)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject when member.HasMembers && !member.IsList:
                Found.Put(member.Field, 1);
                Members(ref json, member);
                break;
            case JsonTokenType.StartObject:
                Found.Put(member.Field, 1);
                json.Skip();
                break;
            case JsonTokenType.StartArray:
                Found.Put(member.Field, Elements(ref json, member));
                break;
            case JsonTokenType.Number:
                Found.PutNumber(member.Field, ref json);
                break;
            case JsonTokenType.String:
                Found.PutText(member.Field, ref json);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                Found.Put(member.Field, json.TokenType == JsonTokenType.True ? 1 : 0);
                break;
        }
    }

    private int Elements(ref Utf8JsonReader json, Wanted list)
    {
        var count = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
        {
            if (json.TokenType != JsonTokenType.StartObject || !list.IsList)
            {
                json.Skip();
                continue;
            }
            Members(ref json, list);
            Element(list.Field);
        }
        return count;
    }
}
