using System.Globalization;
using System.Text;
using KeyPass.Server.Gateway;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>Calls and what they can cost, by prices that nobody changes.</summary>
internal static class Bounded
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    /// <summary>In nano-USD a token, so that a bound can be worked out by hand. How tiers are charged is the catalogue's.</summary>
    public static PriceBook Book { get; } = PriceBook.Of(
    [
        Priced("openai", "m", 10_000, 2_000, "Input=1000 CachedInput=100 CacheWrite=1250 Output=4000 WebSearches=10000000"),
        Priced("openai", "long", 10_000, 2_000, "Input=1000 Output=4000") with { Above = [new LongInput(1_100, Rates("Input=2000 Output=8000"))] },
        Priced("openai", "endless", null, null, "Input=1000 Output=4000"),
        Priced("openai", "voice", 10_000, 2_000, "Input=1000 Output=4000 InputAudio=32000 OutputAudio=64000"),
        Priced("openai", "e", 8_192, null, "Input=20"),
        Priced("openai", "free", null, null, "Input=0"),
        Priced("openai", "gpt-image-1", null, null, "Input=5000 CachedInput=1250 Output=40000 InputImage=10000"),
        Priced("openai", "gpt-image-2", null, null, "Input=5000 Output=30000 InputImage=8000"),
        Priced("openai", "picture", null, null, "Images=40000000"),
        Priced("openai", "tts", null, null, "Characters=15000"),
        Priced("openai", "whisper", null, null, "AudioMilliseconds=100"),
        Priced("openai", "scribe", 16_000, 2_000, "Input=2500 Output=10000 InputAudio=6000"),
        Priced("anthropic", "c", 10_000, 4_000, "Input=1000 CachedInput=100 CacheWrite=1250 CacheWriteLong=2000 Output=5000 WebSearches=10000000"),
        Priced("anthropic", "dear", 10_000, 4_000, "Input=10000 Output=50000 WebSearches=10000000"),
        Priced("google", "gem", 10_000, 2_000, "Input=1000 Output=2000 InputImage=3000 InputAudio=5000"),
        Priced("mistral", "mi", 10_000, 2_000, "Input=1000 Output=2000"),
        Priced("openrouter", "o", 10_000, 2_000, "Input=1000 Output=2000"),
        Priced("openrouter", "dearer", 10_000, 2_000, "Input=3000 Output=1000"),
        Priced("sandbox", "sandbox-ok", 128_000, 4_096, "Input=100 CachedInput=10 Output=400"),
        Priced("custom", "own", null, null, "Input=1000 Output=2000"),
        Priced("custom", "nothing", 4_096, 1_024, "Input=0 Output=0"),
    ]);

    public static CallWish Read(string path, byte[] body, string contentType = "application/json")
    {
        var surface = path.StartsWith("/messages", StringComparison.Ordinal) ? Surface.Anthropic
            : path.StartsWith("/models/", StringComparison.Ordinal) ? Surface.Gemini : Surface.OpenAi;
        var address = CallAddress.Find(surface, "POST", path)!;
        Assert.True(CallWish.TryRead(address, contentType, body, out var wish, out var problem), problem?.Sentence);
        return wish;
    }

    public static CallWish Read(string path, string json) => Read(path, Encoding.UTF8.GetBytes(json));

    public static Bound Of(string provider, CallWish wish, bool tightly = false, PriceBook? book = null)
    {
        var bound = wish.BoundFor(provider, book ?? Book, Now, tightly, out var why);
        Assert.True(bound is not null, why?.Sentence);
        Assert.Null(why);
        return bound;
    }

    public static Bound Of(string provider, string path, string json, bool tightly = false) => Of(provider, Read(path, json), tightly);

    public static NoBound Refused(string provider, string path, string json)
    {
        Assert.Null(Read(path, json).BoundFor(provider, Book, Now, tightly: false, out var why));
        return why!;
    }

    public static (byte[] Body, string ContentType) Form(int fileBytes, params (string Name, string Value)[] fields)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields)
            text.Append(CultureInfo.InvariantCulture, $"--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        text.Append("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n").Append('x', fileBytes).Append("\r\n--b--\r\n");
        return (Encoding.UTF8.GetBytes(text.ToString()), "multipart/form-data; boundary=b");
    }

    private static ModelPrice Priced(string provider, string id, long? window, long? most, string rates) => new(
        provider, id, [], window, most, Rates(rates), [], null, null, "test", "test 1", IsApproximate: false)
    {
        Factors = provider == "custom" ? PriceFactors.None : PriceBook.Catalogue.ModelsOf(provider)[0].Factors,
    };

    private static Rates Rates(string text) => new(text.Split(' ').Select(pair => KeyValuePair.Create(
        Enum.Parse<UsageClass>(pair.Split('=')[0]), 1_000_000 * long.Parse(pair.Split('=')[1], CultureInfo.InvariantCulture))));
}
