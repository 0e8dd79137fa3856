using System.Globalization;
using System.Net;
using System.Text;
using KeyPass.Server.Accounts;
using KeyPass.Server.Http;
using KeyPass.Server.Ledger;
using KeyPass.Server.Mail;
using KeyPass.Server.Persistence;
using KeyPass.Server.Providers;
using KeyPass.Server.Receipts;

namespace KeyPass.Server;

/// <summary>
/// The operator's choices, read and checked once, before anything starts. Whatever is wrong is said in one sentence that
/// names the setting; a name we do not know is a typing error that would otherwise silently do nothing.
/// </summary>
internal sealed record Settings(
    HttpSettings Http, DatabaseSettings Database, string RingFile, MailSettings Mail, AccountSettings Accounts, ProviderSettings Providers,
    ReceiptSettings Receipts, LedgerSettings Ledger)
{
    private const string Section = "KeyPass";
    private const string DefaultUrl = "http://localhost:8787";

    private static readonly string[] Known =
    [
        "DataDirectory", "PublicUrl", "TrustedProxies", "PostgresBinaries", "StopWithinSeconds", "LogFormat",
        "RingFile", "Registration", "Operators", "AllowPrivateOrigins", "ProviderWaitSeconds", "RetentionDays",
        "Smtp:Host", "Smtp:Port", "Smtp:From", "Smtp:User", "Smtp:Password", "Smtp:Security",
    ];

    /// <summary>Settings with names of their own below them.</summary>
    private static readonly string[] Groups = ["Providers"];

    public static Settings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        foreach (var child in section.GetChildren())
            RequireKnown(child, child.Key);

        var urls = (configuration["urls"] ?? DefaultUrl).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in urls)
            RequirePlainHttp(url);
        var http = new HttpSettings(
            urls,
            ReadPublicUrl(section["PublicUrl"], urls[0]),
            ReadProxies(section["TrustedProxies"]),
            ReadSeconds(section, "StopWithinSeconds", fallback: 30, most: 3600),
            ReadLogFormat(section["LogFormat"]),
            configuration[Telemetry.EndpointVariable]);
        var connectionString = configuration.GetConnectionString(Section);
        var database = new DatabaseSettings(
            string.IsNullOrWhiteSpace(connectionString) ? null : connectionString,
            Path.GetFullPath(section["DataDirectory"] ?? "data"),
            section["PostgresBinaries"]);
        var mail = new MailSettings(ReadSmtp(section.GetSection("Smtp")));
        var byMail = mail.Smtp is not null;
        var accounts = new AccountSettings(
            ReadRegistration(section["Registration"], http.PublicUrl.IsLoopback || byMail), byMail, http.PublicUrl, ReadOperators(section["Operators"]));
        return new Settings(http, database, ReadRingFile(section["RingFile"], database), mail, accounts, ReadProviders(section),
            new ReceiptSettings(ReadNumber(section, "RetentionDays", ReceiptSettings.UsualDays, least: 1, most: 3650, "days")),
            new LedgerSettings(Path.Combine(database.DataDirectory, "journal")));
    }

    /// <param name="setting">Its whole name below ours: a group's members stand after a colon.</param>
    private static void RequireKnown(IConfigurationSection child, string setting)
    {
        if (Groups.Contains(setting, StringComparer.OrdinalIgnoreCase))
            return;
        if (Known.Contains(setting, StringComparer.OrdinalIgnoreCase))
        {
            if (child.Value is null)
                throw new StartFailure($"{Name(setting)} takes one value, not a group of them.");
            if (child.Value.Trim().Length == 0)
                throw new StartFailure($"{Name(setting)} is empty: give it a value or leave it out.");
            return;
        }
        if (Known.FirstOrDefault(known => known.StartsWith(setting + ":", StringComparison.OrdinalIgnoreCase)) is { } member)
        {
            if (child.Value is not null)
                throw new StartFailure($"{Name(setting)} is a group of settings and takes no value itself: its first is {Name(member)}.");
            foreach (var inner in child.GetChildren())
                RequireKnown(inner, $"{setting}:{inner.Key}");
            return;
        }
        var nearest = Known.MinBy(known => Distance(known.ToUpperInvariant(), setting.ToUpperInvariant()))!;
        var hint = Distance(nearest.ToUpperInvariant(), setting.ToUpperInvariant()) <= 3 ? $" Did you mean {Name(nearest)}?" : "";
        throw new StartFailure($"{Name(setting)} is not a setting of this server.{hint} The settings are: {string.Join(", ", Known.Select(Name))}.");
    }

    private static void RequirePlainHttp(string url)
    {
        if (url.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            throw new StartFailure($"ASPNETCORE_URLS names {url}, and this server speaks plain http behind a reverse proxy that does TLS: listen "
                + "on http, and set KeyPass__PublicUrl to the https address (docs/how-to/deploy.md).");
        // '*' and '+' are Kestrel's words for every interface; no Uri takes them.
        if (!Uri.TryCreate(url.Replace("*", "all", StringComparison.Ordinal).Replace("+", "all", StringComparison.Ordinal), UriKind.Absolute, out var parsed)
            || parsed.Scheme != Uri.UriSchemeHttp || parsed.PathAndQuery != "/")
            throw new StartFailure($"ASPNETCORE_URLS holds '{url}', which is not an address to listen on: it looks like {DefaultUrl}.");
    }

    private static Uri ReadPublicUrl(string? value, string listening)
    {
        if (value is null)
        {
            // On every interface there is no one address to call ours; links then say localhost, and the operator sets the real one.
            var own = new Uri(listening.Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal)
                .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal));
            return RequireTrustworthy(own, $"ASPNETCORE_URLS listens on {listening}, which becomes the public address when KeyPass__PublicUrl is not set");
        }
        if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.PathAndQuery != "/" || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw new StartFailure($"KeyPass__PublicUrl is '{value}', which is not an address of this server: it looks like "
                + "https://keys.example.com, without a path.");
        return RequireTrustworthy(url, $"KeyPass__PublicUrl is {value}");
    }

    private static Uri RequireTrustworthy(Uri url, string what) => url.Scheme == Uri.UriSchemeHttps || url.IsLoopback
        ? url
        : throw new StartFailure($"{what}: browsers withhold WebCrypto, passkeys and secure cookies on a plain http address that is not "
            + "localhost, so KeyPass cannot work there. Put a reverse proxy with TLS in front and set KeyPass__PublicUrl to its https address "
            + "(docs/how-to/deploy.md).");

    private static List<IPNetwork> ReadProxies(string? value)
    {
        var networks = new List<IPNetwork>();
        foreach (var part in (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(part, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                throw new StartFailure($"KeyPass__TrustedProxies holds '{part}', which is neither an IP address nor a network: write them with "
                    + "commas, like 10.0.0.5,10.1.0.0/16.");
        }
        return networks;
    }

    private static TimeSpan ReadSeconds(IConfigurationSection section, string name, int fallback, int most, int least = 0) =>
        TimeSpan.FromSeconds(ReadNumber(section, name, fallback, least, most, "seconds"));

    private static int ReadNumber(IConfigurationSection section, string name, int fallback, int least, int most, string unit)
    {
        if (section[name] is not { } text)
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new StartFailure($"{Name(name)} is '{text}': it takes whole {unit} from {least} to {most}.");
    }

    private static bool ReadLogFormat(string? value) => value switch
    {
        null => Console.IsOutputRedirected,
        "json" => true,
        "text" => false,
        _ => throw new StartFailure($"KeyPass__LogFormat is '{value}': it is text or json (without it: text at a terminal, json otherwise)."),
    };

    /// <summary>Beside the data directory, never in it: whoever copies the one should not get the other along.</summary>
    private static string ReadRingFile(string? value, DatabaseSettings database)
    {
        var path = Path.GetFullPath(value ?? database.DataDirectory.TrimEnd('/') + ".ring");
        return database.ConnectionString is null && path.StartsWith(database.DataDirectory.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? throw new StartFailure($"KeyPass__RingFile is {path}, inside the data directory: a copy of that directory would then hold "
                + "what opens it. Put it elsewhere.")
            : path;
    }

    /// <param name="provesAddresses">By mail, or because nobody but this machine's own people can come. Otherwise anyone could take anyone's.</param>
    private static RegistrationMode ReadRegistration(string? value, bool provesAddresses) => value switch
    {
        null => provesAddresses ? RegistrationMode.Open : RegistrationMode.Invite,
        "closed" => RegistrationMode.Closed,
        "invite" => RegistrationMode.Invite,
        "open" when provesAddresses => RegistrationMode.Open,
        "open" => throw new StartFailure("KeyPass__Registration is open on a public address, where addresses must be proved by mail: set "
            + "KeyPass__Smtp__Host, or take invite or closed."),
        _ => throw new StartFailure($"KeyPass__Registration is '{value}': it takes open, invite or closed."),
    };

    private static ProviderSettings ReadProviders(IConfigurationSection section)
    {
        var allowPrivate = section["AllowPrivateOrigins"] switch
        {
            null or "false" => false,
            "true" => true,
            var other => throw new StartFailure($"{Name("AllowPrivateOrigins")} is '{other}': it takes true or false."),
        };
        var overrides = new Dictionary<string, Uri>(StringComparer.Ordinal);
        foreach (var provider in section.GetSection("Providers").GetChildren())
        {
            var name = Name($"Providers__{provider.Key}__Origin");
            if (ProviderCatalog.All.FirstOrDefault(known => string.Equals(known.Id, provider.Key, StringComparison.OrdinalIgnoreCase)) is not { } known)
                throw new StartFailure($"{name}: '{provider.Key}' is no provider. They are: {string.Join(", ", ProviderCatalog.All.Select(one => one.Id))}.");
            if (provider.GetChildren().FirstOrDefault(child => !string.Equals(child.Key, "Origin", StringComparison.OrdinalIgnoreCase)) is { } other)
                throw new StartFailure($"{Name($"Providers__{provider.Key}__{other.Key}")} is not a setting of this server: a provider has Origin.");
            if (!Uri.TryCreate(provider["Origin"], UriKind.Absolute, out var origin) || origin.PathAndQuery != "/" || origin.UserInfo.Length > 0
                || (origin.Scheme != Uri.UriSchemeHttps && (origin.Scheme != Uri.UriSchemeHttp || !(allowPrivate || origin.IsLoopback))))
                throw new StartFailure($"{name} is '{provider["Origin"]}': it takes an https address without a path (http on this machine, or with "
                    + "KeyPass__AllowPrivateOrigins).");
            overrides[known.Id] = origin;
        }
        return new ProviderSettings(overrides, allowPrivate, ReadSeconds(section, "ProviderWaitSeconds", fallback: 600, most: 3600, least: 1));
    }

    private static List<EmailAddress> ReadOperators(string? value)
    {
        var operators = new List<EmailAddress>();
        foreach (var part in (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            operators.Add(EmailAddress.TryParse(part, out var email) ? email
                : throw new StartFailure($"KeyPass__Operators holds '{part}', which is not an e-mail address: write them with commas."));
        return operators;
    }

    /// <summary>Null when no mail server is set.</summary>
    private static SmtpSettings? ReadSmtp(IConfigurationSection smtp)
    {
        if (smtp["Host"] is not { } host)
        {
            return smtp.GetChildren().FirstOrDefault() is not { } lonely ? null
                : throw new StartFailure($"{Name($"Smtp:{lonely.Key}")} is set without KeyPass__Smtp__Host: name the mail server, or leave both out.");
        }
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw new StartFailure($"KeyPass__Smtp__Host is '{host}': it takes the name or IP address of a mail server, like mail.example.com.");
        if (smtp["From"] is not { } from || !EmailAddress.TryParse(from, out var sender) || !Ascii.IsValid(sender.Normalized))
            throw new StartFailure($"KeyPass__Smtp__From is '{smtp["From"]}': it takes the address that mails come from, like keys@example.com.");
        if (smtp["User"] is null != smtp["Password"] is null)
            throw new StartFailure("KeyPass__Smtp__User and KeyPass__Smtp__Password belong together: set both, or neither.");
        var startTls = ReadStartTls(smtp["Security"], host);
        return new SmtpSettings(host, ReadPort(smtp["Port"], startTls ? 587 : 25), sender.Normalized, startTls, smtp["User"], smtp["Password"]);
    }

    /// <summary>What a mail holds may take part in opening an account: on the way to a mail server elsewhere it is not for everybody to read.</summary>
    private static bool ReadStartTls(string? security, string host) => security switch
    {
        null or "starttls" => true,
        "none" when SmtpSettings.IsNear(host) => false,
        "none" => throw new StartFailure($"KeyPass__Smtp__Security is none, and {host} is not on this machine or a private network: mails would cross "
            + "the internet unprotected. Take starttls, or say unprotected if that is meant."),
        "unprotected" => false,
        _ => throw new StartFailure($"KeyPass__Smtp__Security is '{security}': it takes starttls, none (to this machine or a private network) or unprotected."),
    };

    private static int ReadPort(string? text, int usual)
    {
        if (text is null)
            return usual;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new StartFailure($"KeyPass__Smtp__Port is '{text}': it takes a port from 1 to 65535.");
    }

    private static string Name(string setting) => $"KeyPass__{setting.Replace(":", "__", StringComparison.Ordinal)}";

    /// <summary>Levenshtein's: how many letters must change to turn one word into the other.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
