using System.Text;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Providers;

public class SseSplitterTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b")]
    [InlineData("data: a\r\n\r\ndata: b\r\rdata: c\n\r\ndata: d\r\n\r", "a|b|c|d")]
    [InlineData("data:a\n\ndata:  b\n\n", "a| b")]
    [InlineData("event: x\ndata: a\nid: 1\nretry: 5\n\n", "a")]
    [InlineData("data: a\ndata: b\ndata\ndata: c\n\n", "a\nb\n\nc")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData(": comment\n\n:\ndata: a\n: inside\ndata: b\n\n", "|||a\nb")]
    [InlineData("datum: a\ndat\ndata2: b\nData: c\n\n", "")]
    [InlineData("data: é😀\n\n", "é😀")]
    [InlineData("data: never ended", "")]
    [InlineData("\n\n\n", "||")]
    public void Blocks_are_the_same_however_the_bytes_are_cut(string stream, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= bytes.Length; size++)
            Assert.Equal(expected, string.Join('|', Blocks(bytes, size)));
    }

    private static List<string> Blocks(byte[] bytes, int size)
    {
        using var splitter = new SseSplitter(Wanted.Of());
        var blocks = new List<string>();
        for (var at = 0; at < bytes.Length; at += size)
        {
            var rest = bytes.AsSpan(at, Math.Min(size, bytes.Length - at));
            while (splitter.Next(rest, out var used))
            {
                blocks.Add(Encoding.UTF8.GetString(splitter.Data));
                rest = rest[used..];
            }
        }
        return blocks;
    }
}
