using System.Buffers.Text;
using System.Text;
using System.Globalization;

namespace KeyPass.Server.Http;

/// <summary>Where the next page of a list by time, or by another number, begins: the last row shown. Opaque to callers, and no secret.</summary>
internal static class TimeCursor
{
    public static string Of(DateTimeOffset at, Guid id) => Of(at.UtcTicks, id);

    /// <param name="place">None is below zero.</param>
    public static string Of(long place, Guid id) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place}.{id:N}")));

    public static (DateTimeOffset At, Guid Id)? Read(FieldCheck check, string? cursor) =>
        ReadPlace(check, cursor, DateTimeOffset.MaxValue.UtcTicks) is { } last ? (new DateTimeOffset(last.Place, TimeSpan.Zero), last.Id) : null;

    public static (long Place, Guid Id)? ReadPlace(FieldCheck check, string? cursor, long most = long.MaxValue)
    {
        if (cursor is null)
            return null;
        if (cursor.Length <= 100 && Base64Url.IsValid(cursor) && Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.') is [var ticks, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place <= most
            && Guid.TryParseExact(id, "N", out var last))
            return (place, last);
        check.Require(false, "cursor", "'cursor' takes the 'nextCursor' of the page before.");
        return null;
    }
}
