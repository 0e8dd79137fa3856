namespace KeyPass.Server.Http;

/// <summary>A time zone by IANA's name for it, as this machine's own data knows it.</summary>
internal static class IanaZone
{
    public const string Usual = "UTC";

    /// <summary>The longest of them has 32 characters.</summary>
    public const int MaxLength = 64;

    /// <summary>The form first: the runtime looks names up as files.</summary>
    public static bool Exists(string name) =>
        name.Length is > 0 and <= MaxLength && char.IsAsciiLetterUpper(name[0])
        && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '/' or '_' or '-' or '+')
        && TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);
}
