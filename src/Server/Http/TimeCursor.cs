using System.Buffers.Text;
using System.Text;
using System.Globalization;

namespace KeyPass.Server.Http;

/// <summary>Where the next page of a list by time begins: the last row shown. Opaque to callers, and no secret.</summary>
internal static class TimeCursor
{
    public static string Of(DateTimeOffset at, Guid id) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}.{id:N}")));

    public static (DateTimeOffset At, Guid Id)? Read(FieldCheck check, string? cursor)
    {
        if (cursor is null)
            return null;
        if (cursor.Length <= 100 && Base64Url.IsValid(cursor) && Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.') is [var ticks, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
            && Guid.TryParseExact(id, "N", out var last))
            return (new DateTimeOffset(at, TimeSpan.Zero), last);
        check.Require(false, "cursor", "'cursor' takes the 'nextCursor' of the page before.");
        return null;
    }
}
