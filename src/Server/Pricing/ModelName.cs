namespace KeyPass.Server.Pricing;

/// <summary>
/// What a model is called without its date, version, region, vendor and variant. Only ever a piece of the name that came: nothing is allocated.
/// </summary>
internal static class ModelName
{
    private static readonly string[] Regions = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "in.", "us-gov.", "global."];

    /// <summary>Sells models of all vendors under the vendors' names, which are then part of the name.</summary>
    private const string Reseller = "openrouter";

    public static ReadOnlySpan<char> Plain(string provider, ReadOnlySpan<char> name)
    {
        if (provider != Reseller && name.LastIndexOf('/') is var slash and >= 0)
            name = name[(slash + 1)..];
        name = WithoutVariant(name);
        foreach (var region in Regions)
        {
            if (provider == "bedrock" && name.StartsWith(region, StringComparison.OrdinalIgnoreCase))
            {
                name = name[region.Length..];
                break;
            }
        }
        name = WithoutVersion(name);
        name = WithoutDate(name);
        if (name.EndsWith("-latest", StringComparison.OrdinalIgnoreCase))
            name = name[..^"-latest".Length];
        return name.TrimEnd('-');
    }

    /// <summary>"x@20250929", "x:free", "x-v1:0"; of a tuned model, "ft:x:whose:which", the first two parts: they have its price.</summary>
    private static ReadOnlySpan<char> WithoutVariant(ReadOnlySpan<char> name)
    {
        var start = name.StartsWith("ft:", StringComparison.OrdinalIgnoreCase) ? "ft:".Length : 0;
        var end = name[start..].IndexOfAny('@', ':');
        return end < 0 ? name : name[..(start + end)];
    }

    /// <summary>Bedrock's "-v1", Google's "-001".</summary>
    private static ReadOnlySpan<char> WithoutVersion(ReadOnlySpan<char> name)
    {
        var dash = name.LastIndexOf('-');
        if (dash < 0)
            return name;
        var last = name[(dash + 1)..];
        var isVersion = last is ['v' or 'V', .. var digits]
            ? digits.Length is 1 or 2 && IsDigits(digits)
            : last is ['0', _, _] && IsDigits(last);
        return isVersion ? name[..dash] : name;
    }

    /// <summary>"-20250929" and "-2025-09-29". Shorter numbers tell versions apart that have prices of their own.</summary>
    private static ReadOnlySpan<char> WithoutDate(ReadOnlySpan<char> name)
    {
        if (name is [.., '-', _, _, _, _, _, _, _, _] && IsDigits(name[^8..]))
            return name[..^9];
        return name is [.., '-', _, _, _, _, '-', _, _, '-', _, _] && IsDigits(name[^10..^6]) && IsDigits(name[^5..^3]) && IsDigits(name[^2..])
            ? name[..^11]
            : name;
    }

    private static bool IsDigits(ReadOnlySpan<char> text)
    {
        foreach (var one in text)
        {
            if (!char.IsAsciiDigit(one))
                return false;
        }
        return text.Length > 0;
    }
}
