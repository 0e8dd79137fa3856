using KeyPass.Sdk;

namespace KeyPass.Samples.Notes;

/// <summary>From the environment; what is missing is named.</summary>
internal sealed record NotesSettings(string Origin, KeyPassOptions KeyPass, string Provider, string Model, long FirstCents)
{
    public static NotesSettings Read(IConfiguration from)
    {
        string Need(string name) => from[name] ?? throw new InvalidOperationException($"{name} is not set: see samples/notes/README.md.");
        return new NotesSettings(
            from["NOTES_ORIGIN"] ?? "http://localhost:8790",
            new KeyPassOptions
            {
                ClientId = Need("KEYPASS_CLIENT_ID"),
                ClientSecret = Need("KEYPASS_CLIENT_SECRET"),
                BaseUrl = new Uri(Need("KEYPASS_URL")),
            },
            from["NOTES_PROVIDER"] ?? "openai",
            from["NOTES_MODEL"] ?? "gpt-5-mini",
            FirstCents: 100);
    }
}
