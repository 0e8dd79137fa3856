using System.Globalization;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>Test vectors: ours beside the tests, and the same from the design's folder where that is beside the checkout.</summary>
internal static class Fixture
{
    public const string Own = "tests/Server.Tests/Fixtures";
    public const string OfTheDesign = "../shared/data";

    public static JsonElement Read(string folder, string name)
    {
        var path = Path.Combine(Artifacts.RepositoryRoot, folder, name);
        if (folder == OfTheDesign)
            Assert.SkipUnless(File.Exists(path), $"{folder}/{name} is not beside this checkout; the copy in {Own} is tested.");
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static Guid Id(this JsonElement element, string name) => new(element.Hex(name), bigEndian: true);

    public static uint Number(this JsonElement element, string name) => element.GetProperty(name).GetUInt32();

    public static DateTimeOffset Day { get; } = DateTimeOffset.Parse("2026-01-31T12:00:00Z", CultureInfo.InvariantCulture);
}
