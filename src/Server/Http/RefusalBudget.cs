using System.Text.Json;

namespace KeyPass.Server.Http;

/// <summary>The limit that refused a call, as it stood then: enough to go on with less, or to know until when not.</summary>
/// <param name="Of">Whose limit it is, in words.</param>
/// <param name="NeededNanoUsd">The most that this call can cost; where its output may be cut, with the least that is of use.</param>
/// <param name="AffordableMaxTokens">With so much output it would fit; null where output is not what it asks for.</param>
internal sealed record RefusalBudget(
    string Of, long LimitNanoUsd, long SpentNanoUsd, long ReservedNanoUsd, long RemainingNanoUsd, long NeededNanoUsd, DateTimeOffset? ResetsAt,
    long? AffordableMaxTokens, IReadOnlyList<string> ModelsThatFit)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("budget");
        json.WriteString("of", Of);
        json.WriteNumber("limitNanoUsd", LimitNanoUsd);
        json.WriteNumber("spentNanoUsd", SpentNanoUsd);
        json.WriteNumber("reservedNanoUsd", ReservedNanoUsd);
        json.WriteNumber("remainingNanoUsd", RemainingNanoUsd);
        json.WriteNumber("neededNanoUsd", NeededNanoUsd);
        if (ResetsAt is { } reset)
            json.WriteString("resetsAt", reset);
        else
            json.WriteNull("resetsAt");
        if (AffordableMaxTokens is { } tokens)
            json.WriteNumber("affordableMaxTokens", tokens);
        json.WriteStartArray("modelsThatFit");
        foreach (var model in ModelsThatFit)
            json.WriteStringValue(model);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
