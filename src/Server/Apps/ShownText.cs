using System.Globalization;
using System.Text;

namespace KeyPass.Server.Apps;

/// <summary>
/// What a developer writes and a stranger reads on the consent page. Nothing in it may be invisible or turn the text around: a name that
/// looks like another is how people are talked into things.
/// </summary>
internal static class ShownText
{
    public static bool IsPlain(string text, int longest) => text.Length > 0 && text.Length <= longest && text.Trim().Length == text.Length
        && text.EnumerateRunes().All(rune => IsVisible(Rune.GetUnicodeCategory(rune)));

    private static bool IsVisible(UnicodeCategory category) => category is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator);
}
