using System.Text.Json;
using System.Text.Json.Serialization;
using KeyPass.Server.Budgets;
using KeyPass.Server.Receipts;

namespace KeyPass.Server.Ledger;

/// <summary>What the journal keeps of a call: its receipt as it would stand if nothing more came, and the cells that its cost is taken from.</summary>
internal sealed record LedgerRecord(Receipt Receipt, CellName[] Cells)
{
    public static LedgerRecord? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LedgerJson.Default.LedgerRecord);
        }
        catch (JsonException)
        {
            return null; // its checksum was right: another version of this server wrote it
        }
    }

    public void WriteTo(Utf8JsonWriter json) => JsonSerializer.Serialize(json, this, LedgerJson.Default.LedgerRecord);
}

// Not what is nought or false: of a required member that would be one that is missing, and the record unreadable.
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerRecord))]
internal sealed partial class LedgerJson : JsonSerializerContext;
