using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Sealing;

/// <summary>What the browser's half of the vault made opens here, and what is made here is written down for it to open.</summary>
public class InteropTests
{
    private const string OfTheBrowser = "src/VaultClient/tests/fixtures";

    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Own => Path.Combine(Artifacts.RepositoryRoot, Fixture.Own, "made-by-typescript.json");

    [Fact]
    public void Everything_the_browsers_code_made_opens_here_and_not_with_a_bit_changed()
    {
        var all = Made.Read(Own);
        Assert.Equal(12, all.Select(made => made.Type).Distinct().Count());
        foreach (var made in all)
        {
            var envelope = Convert.FromHexString(made.Envelope);
            Assert.Equal(made.Plaintext, Convert.ToHexStringLower(made.Open(envelope)));
            envelope[^1] ^= 1;
            Assert.ThrowsAny<Exception>(() => made.Open(envelope));
        }
    }

    [Fact]
    public void What_is_made_here_of_the_same_opens_here_too()
    {
        foreach (var made in Made.Read(Own))
            Assert.Equal(made.Plaintext, Convert.ToHexStringLower(made.Open(made.Seal())));
    }

    /// <summary>Written with UPDATE_SNAPSHOTS=1 where it is missing, and not each time: every writing has other nonces.</summary>
    [Fact]
    public void What_the_browsers_tests_open_was_made_here()
    {
        var theirs = Path.Combine(Artifacts.RepositoryRoot, OfTheBrowser);
        Assert.SkipUnless(Directory.Exists(theirs), "the browser's tests are not beside this copy");
        Assert.Equal(File.ReadAllText(Path.Combine(theirs, "made-by-typescript.json")), File.ReadAllText(Own));
        var mine = Path.Combine(theirs, "made-by-dotnet.json");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1" && !File.Exists(mine))
            File.WriteAllText(mine, new JsonArray([.. Made.Read(Own).Select(made => made.Anew())]).ToJsonString(Written) + "\n");

        var all = Made.Read(mine);
        Assert.Equal(Made.Read(Own).Select(made => made.Type), all.Select(made => made.Type));
        Assert.All(all, made => Assert.Equal(made.Plaintext, Convert.ToHexStringLower(made.Open(Convert.FromHexString(made.Envelope)))));
    }
}
