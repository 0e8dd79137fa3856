using KeyPass.Server.Http;

namespace KeyPass.Server.Apps;

/// <summary>What a body says of an app; null is not said.</summary>
internal sealed record AppWish(
    string? Name, string? Homepage, string? Logo, IReadOnlyList<string>? Origins, IReadOnlyList<string>? RedirectUris)
{
    private const int MostAddresses = 20;

    /// <summary>The page that shows it loads nothing from elsewhere: so it comes with the answer, and must be small.</summary>
    private const int LargestLogo = 64 * 1024;

    private static readonly string[] LogoTypes = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,"];

    public void Check(FieldCheck check)
    {
        check.Require(Name is null || ShownText.IsPlain(Name, AppStore.AppRow.NameMaxLength),
            "name", $"'name' takes 1 to {AppStore.AppRow.NameMaxLength} characters, none of them invisible.");
        check.Require(Homepage is null or "" || WebAddresses.IsHomepage(Homepage), "homepage", "'homepage' takes an https address.");
        check.Require(Logo is null or "" || IsLogo(Logo), "logo", $"'logo' takes a PNG, JPEG or WebP as a data address of at most {LargestLogo} characters.");
        check.Require(Origins is null || AreAll(Origins, WebAddresses.IsOrigin), "origins",
            $"'origins' takes at most {MostAddresses} origins as browsers write them: https://app.example.com, or http://localhost:3000.");
        check.Require(RedirectUris is null || AreAll(RedirectUris, WebAddresses.IsRedirect), "redirectUris",
            $"'redirectUris' takes at most {MostAddresses} whole addresses without a fragment: https, http on this machine, or a scheme of the app's own.");
    }

    /// <summary>An address that was proved is proved no more once it is another.</summary>
    public void ApplyTo(AppStore.AppRow app)
    {
        app.Name = Name ?? app.Name;
        app.Logo = Logo is "" ? null : Logo ?? app.Logo;
        app.Origins = Origins?.ToArray() ?? app.Origins;
        app.RedirectUris = RedirectUris?.ToArray() ?? app.RedirectUris;
        var homepage = Homepage is "" ? null : Homepage ?? app.Homepage;
        if (homepage != app.Homepage)
            (app.Domain, app.DomainVerifiedAt) = (null, null);
        app.Homepage = homepage;
    }

    private static bool AreAll(IReadOnlyList<string> addresses, Func<string, bool> isOne) =>
        addresses.Count <= MostAddresses && addresses.Distinct().Count() == addresses.Count && addresses.All(isOne);

    private static bool IsLogo(string text)
    {
        if (text.Length > LargestLogo || LogoTypes.FirstOrDefault(type => text.StartsWith(type, StringComparison.Ordinal)) is not { } type)
            return false;
        return Convert.TryFromBase64String(text[type.Length..], new byte[text.Length], out var size) && size > 0;
    }
}
