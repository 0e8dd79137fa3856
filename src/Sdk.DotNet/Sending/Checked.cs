namespace KeyPass.Sdk;

/// <summary>What comes from the program and goes into an address or a header. Nothing said here names a secret.</summary>
internal static class Checked
{
    public static string BaseUrl(Uri? address)
    {
        if (address is not { IsAbsoluteUri: true } || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
            throw new ArgumentException("BaseUrl must be https, or http on this machine.", nameof(address));
        if (address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0)
            throw new ArgumentException("BaseUrl must be an address and no more.", nameof(address));
        return address.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>A header's value is named in the exception of a header that cannot be sent, so it is looked at before.</summary>
    public static string Credential(string? value, string name) =>
        !string.IsNullOrEmpty(value) && value.All(letter => letter is > ' ' and < '\x7f')
            ? value
            : throw new ArgumentException("It is missing, or has a character that no credential has.", name);

    public static string Segment(string? value) =>
        !string.IsNullOrEmpty(value) && value.Any(letter => letter != '.')
        && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? value
            : throw new ArgumentException("It is not the form of an id or a provider's name.", nameof(value));

    /// <summary>A path that climbs (<c>/../</c>) would end at another route than the one it was written for.</summary>
    public static string Path(string? path) =>
        path is ['/', not '/', ..] && Uri.TryCreate("http://path.invalid" + path, UriKind.Absolute, out var address)
        && address.PathAndQuery == path && address.Host == "path.invalid"
            ? path
            : throw new ArgumentException("It must begin with one slash and stand as it is sent.", nameof(path));
}
