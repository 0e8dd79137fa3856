using KeyPass.Server.Http;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Grants;

/// <summary>An envelope in a request that only a browser can open: its form is checked, and it goes under the ring for the row it is for.</summary>
internal static class EnvelopeField
{
    public static byte[] Read(FieldCheck check, Ring ring, string field, string? text, int longest, EnvelopeType type, string table, Guid row)
    {
        var envelope = check.BytesUpTo(field, text, longest);
        if (envelope.Length == 0)
            return envelope;
        if (Kp1.IsWellFormed(type, envelope))
            return ring.Wrap(table, row, envelope);
        check.Require(false, field, $"'{field}' is not an envelope of its kind.");
        return [];
    }
}
