using System.Text;

namespace KeyPass.Sdk;

/// <summary>Who the app is and where KeyPass runs. Printing it leaves the secret out.</summary>
public sealed record KeyPassOptions
{
    /// <summary><c>kp_cid_…</c>, from the page of your app.</summary>
    public required string ClientId { get; init; }

    /// <summary><c>kp_cs_…</c>. It stays on your server.</summary>
    public required string ClientSecret { get; init; }

    /// <summary>Where KeyPass runs, e.g. <c>https://keypass.example.com</c>: https, or http on this machine.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>How long a management call may take without a byte of an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for a call to a provider, and between two chunks of a stream. Models think.</summary>
    public TimeSpan ProviderTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a call is tried again that cannot be made twice by that.</summary>
    public int MaxRetries { get; init; } = 2;

    private bool PrintMembers(StringBuilder text)
    {
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"ClientId = {ClientId}, BaseUrl = {BaseUrl}");
        return true;
    }
}
