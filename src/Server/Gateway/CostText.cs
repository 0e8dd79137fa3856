using System.Buffers;
using System.Text;
using System.Text.Json;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Gateway;

/// <summary>The lines of a cost, as its receipt keeps them.</summary>
internal static class CostText
{
    public static string Write(IReadOnlyList<CostLine> lines)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var line in lines)
            {
                json.WriteStartObject();
                json.WriteString("model"u8, line.Model);
                json.WriteString("class"u8, PriceText.Name(line.Class));
                json.WriteNumber("count"u8, line.Count);
                if (line.PerMillionNanoUsd is { } rate)
                    json.WriteNumber("perMillionNanoUsd"u8, rate);
                json.WriteNumber("factorPerMillion"u8, line.FactorPerMillion);
                json.WriteNumber("nanoUsd"u8, line.NanoUsd);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
