using System.Globalization;
using System.Text;
using KeyPass.Server.Providers.Bounds;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Server.Tests.Providers.Bounds;

/// <summary>However a text is written, it counts at least as many tokens as it has bytes, in the form it came in and in the form it may be put into.</summary>
public sealed class TextSizeTests
{
    /// <summary>Characters, and how many bytes they have in NFKC, from Unicode's tables.</summary>
    private static readonly (string Text, int Bytes)[] Characters =
    [
        ("a", 1), (" ", 1), ("}", 1), ("é", 2), ("ß", 2), ("Ⅷ", 4), ("①", 1), ("ﬁ", 2), ("½", 5), ("が", 3), ("漢", 3), ("한", 3), ("㌀", 12),
        ("㍖", 18), ("\uFDFA", 33), ("\uFDFB", 15), ("😀", 4), ("𝄞", 4), ("\U0001D163", 12), ("\u0344", 4), ("й", 2), ("ế", 3), ("\u0323", 2),
    ];

    [Fact]
    public void Text_of_chance_in_any_spelling_is_never_counted_too_low()
    {
        var draws = new Draws(11);
        for (var round = 0; round < 3_000; round++)
        {
            var (json, least) = Body(draws);
            var bytes = Encoding.UTF8.GetBytes(json);
            var (fast, tight) = (TextSize.Fast(bytes), TextSize.Tight(bytes));
            Assert.True(least <= tight && tight <= fast, $"{least} <= {tight} <= {fast}: {json}");
        }
    }

    [Fact]
    public void Plain_text_counts_as_its_bytes()
    {
        var bytes = "{\"a\":\"Hello, \\\"you\\\"\\n\"}"u8.ToArray();
        Assert.Equal((bytes.Length, bytes.Length), (TextSize.Fast(bytes), TextSize.Tight(bytes)));
    }

    [Theory]
    [InlineData("\"\uFDFA\"", 2 + 33, 2 + 33)]
    [InlineData("\"\\uFDFA\"", 2 + 33, 2 + 33)]
    [InlineData("\"漢\"", 2 + 33, 2 + 3)]
    [InlineData("\"\\u6f22\"", 2 + 33, 2 + 3)]
    [InlineData("\"\\ud83d\\ude00\"", 2 + 66, 2 + 4)]
    [InlineData("\"\\ud83d\"", 2 + 33, 2 + 3)]
    [InlineData("\"\\ud83d\\u0041\"", 2 + 66, 2 + 3 + 1)]
    public void A_character_counts_as_it_may_be_put(string value, long fast, long tight)
    {
        var json = Encoding.UTF8.GetBytes("{\"a\":" + value + "}");
        Assert.Equal((6 + fast, 6 + tight), (TextSize.Fast(json), TextSize.Tight(json)));
    }

    [Theory]
    [InlineData("""{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,@"}}]}]}""", true)]
    [InlineData("""{"input":[{"content":[{"type":"input_image","image_url":"data:image/png;base64,@"}]}]}""", true)]
    [InlineData("""{"messages":[{"content":[{"type":"image","source":{"type":"base64","data":"@","media_type":"image/png"}}]}]}""", true)]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"@"}}]}]}""", true)]
    [InlineData("""{"messages":[{"content":[{"type":"document","source":{"type":"text","data":"@","media_type":"text/plain"}}]}]}""", false)]
    [InlineData("""{"messages":[{"content":[{"type":"tool_use","input":{"image_url":"data:image/png;base64,@"}}]}]}""", false)]
    [InlineData("""{"messages":[{"content":"data:image/png;base64,@"}]}""", false)]
    [InlineData("""{"messages":[{"url":"data:image/png;base64,@"}]}""", false)]
    [InlineData("""{"tools":[{"input_examples":[{"image_url":"data:image/png;base64,@"}]}]}""", false)]
    [InlineData("""{"tools":[{"parameters":{"source":{"data":"@","media_type":"image/png"}}}]}""", false)]
    public void Only_pictures_that_are_looked_at_are_no_text(string json, bool isPicture)
    {
        var bytes = Encoding.UTF8.GetBytes(json.Replace("@", new string('A', 100_000), StringComparison.Ordinal));
        Assert.Equal(isPicture, TextSize.Tight(bytes) < 100_000);
        Assert.Equal(bytes.Length, TextSize.Fast(bytes));
    }

    /// <summary>Objects in objects, as tools are; and how many bytes of text are in it at most, in either form.</summary>
    private static (string Json, long Least) Body(Draws draws)
    {
        var (json, least) = (new StringBuilder("{"), 0L);
        var depth = 1;
        for (var members = draws.Below(12); members >= 0; members--)
        {
            least += Put(json.Append('"').Append(members), draws);
            json.Append("\":");
            if (draws.Below(4) == 0 && depth < 20)
            {
                json.Append('{');
                depth++;
                continue;
            }
            least += Put(json.Append('"'), draws);
            json.Append('"').Append(members > 0 ? "," : "");
        }
        if (json[^1] == '{')
            json.Append("\"x\":1");
        return (json.Append('}', depth).ToString(), least);
    }

    private static long Put(StringBuilder json, Draws draws)
    {
        var least = 0L;
        for (var count = draws.Below(8); count > 0; count--)
        {
            var (text, bytes) = Characters[draws.Below(Characters.Length)];
            least += Math.Max(bytes, Encoding.UTF8.GetByteCount(text));
            if (draws.Below(2) == 0)
                json.Append(text);
            else
                json.AppendJoin("", text.Select(unit => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}")));
        }
        return least;
    }
}
