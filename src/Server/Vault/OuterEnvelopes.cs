using System.Buffers.Text;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Vault;

/// <summary>
/// Takes the outer ring off what is stored, for lists. A row that does not match its seal is shown as broken and takes nothing
/// else away: its owner can see it and delete it, and the operator finds it in the log.
/// </summary>
internal sealed class OuterEnvelopes(Ring ring, ILogger<OuterEnvelopes> log)
{
    /// <summary>Null when the row is broken.</summary>
    public string? Show(string table, Guid row, byte[] wrapped)
    {
        try
        {
            return Base64Url.EncodeToString(ring.Unwrap(table, row, wrapped));
        }
        catch (SealBroken)
        {
            log.LogError("A stored record does not match its seal and is shown as broken: table {Table}, row {Row}", table, row);
            return null;
        }
    }
}
