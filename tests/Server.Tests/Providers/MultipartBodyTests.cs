using System.Text;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Providers;

public class MultipartBodyTests
{
    private const string Type = "multipart/form-data; boundary=b0";
    private const string File = "Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"; name=\\\"model.mp3\"\r\nContent-Type: audio/mpeg";

    [Fact]
    public void A_form_is_read_wherever_its_fields_stand()
    {
        var body = Read(Part(File, "\0\r\n--b\r\nmodel\r\n"), Field("response_format", "srt"), Field("stream", "true"), Field("model", "whisper-1"));
        Assert.Equal(("whisper-1", true), (body.Model, body.Stream));
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=\"b0\"", true)]
    [InlineData("Multipart/Form-Data;boundary=b0; charset=utf-8", true)]
    [InlineData("multipart/form-data", false)]
    [InlineData("multipart/form-data; boundary=", false)]
    [InlineData("multipart/form-data; boundary=b0; boundary=b1", false)]
    [InlineData("multipart/form-data; boundary*=utf-8''b0", false)]
    [InlineData("multipart/mixed; boundary=b0", false)]
    public void A_form_has_one_plain_boundary(string type, bool expected) =>
        Assert.Equal(expected, MultipartBody.TryRead(Form(Field("model", "a")), type, out _, out _));

    [Fact]
    public void A_form_that_two_readers_could_read_in_two_ways_is_refused()
    {
        Refused(Field("model", "a"), Field("model", "b"));
        Refused(Field("Model", "a"));
        Refused(Field("model[]", "a"));
        Refused(Field("mod%65l", "a"));
        Refused(Field("stream", "1"));
        Refused(Field("n", "1e3"));
        Refused(Field("model", " "));
        Refused(Field("model", new string('a', 300)));
        Refused(Field("model", "a\r\nb"));
        Refused(Field("api_base", "https://elsewhere.example"));
        Refused(Field("_charset_", "utf-16"));
        Refused(Part("Content-Disposition: form-data; name=\"x\"; name=\"model\"", "a"));
        Refused(Part("Content-Disposition: form-data; name*=utf-8''model", "a"));
        Refused(Part("Content-Disposition: form-data; name=\"x\"; name*=utf-8''model", "a"));
        Refused(Part("Content-Disposition: form-data; name=\"\\model\"", "a"));
        Refused(Part("Content-Disposition: form-data; name=\"=?utf-8?B?bW9kZWw=?=\"", "a"));
        Refused(Part("Content-Disposition: form-data; name=\"x\"\r\nContent-Disposition: form-data; name=\"model\"", "a"));
        Refused(Part("Content-Disposition: form-data;\r\n name=\"model\"", "a"));
        Refused(Part("Content-Disposition: form-data; name=\"model\"\r\nContent-Transfer-Encoding: base64", "YQ=="));
        Refused(Part("Content-Disposition: form-data; name=\"model\"; filename=\"a\"", "a"));
        Refused(Part("Content-Type: text/plain", "a"));
        Refused(Part("Content-Disposition: attachment; name=\"model\"", "a"));
        Refused([.. Enumerable.Repeat(Field("timestamp_granularities[]", "word"), 200)]);
        Refused(Part("X: " + new string('a', 5000) + "\r\nContent-Disposition: form-data; name=\"model\"", "a"));
    }

    [Fact]
    public void A_form_begins_and_ends_with_its_boundary()
    {
        var form = Encoding.UTF8.GetString(Form(Field("model", "a")));
        Assert.False(Takes("preamble\r\n" + form));
        Assert.False(Takes(form + "epilogue"));
        Assert.False(Takes(form[..^6]));
        Assert.False(Takes(form.Replace("--b0--", "--b0x", StringComparison.Ordinal)));
        Assert.False(Takes(""));
        Assert.True(Takes(form));
        Assert.True(Takes(form[..^2]));
    }

    private static string Field(string name, string value) => Part($"Content-Disposition: form-data; name=\"{name}\"", value);

    private static string Part(string header, string value) => $"--b0\r\n{header}\r\n\r\n{value}\r\n";

    private static byte[] Form(params string[] parts) => Encoding.UTF8.GetBytes(string.Concat(parts) + "--b0--\r\n");

    private static bool Takes(string form) => MultipartBody.TryRead(Encoding.UTF8.GetBytes(form), Type, out _, out _);

    private static MultipartBody Read(params string[] parts)
    {
        Assert.True(MultipartBody.TryRead(Form(parts), Type, out var body, out var problem), problem?.Sentence);
        return body;
    }

    private static void Refused(params string[] parts) => Assert.False(MultipartBody.TryRead(Form(parts), Type, out _, out _), string.Concat(parts));
}
