using System.Diagnostics;
using System.Globalization;
using System.Text;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Conformance;

/// <summary>No SDK at all: what a shell script does.</summary>
internal sealed class Curl : ISdk
{
    private const string Chat = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Say hello – ¡olé! 你好 🎉"}]}""";

    private static readonly Dictionary<string, (string Path, string Header, string Body)> Cases = new()
    {
        ["chat"] = ("/v1/chat/completions", "Authorization: Bearer ", Chat),
        ["stream"] = ("/v1/chat/completions", "Authorization: Bearer ", """{"stream":true,""" + Chat[1..]),
        ["speech"] = ("/v1/audio/speech", "Authorization: Bearer ", """{"model":"tts-1","voice":"alloy","input":"Hello."}"""),
        ["messages"] = (
            "/v1/messages", "x-api-key: ",
            """{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"Say hello."}],"stream":true}"""),
        ["generate"] = ("/v1beta/models/gemini-2.5-flash:generateContent", "x-goog-api-key: ", """{"contents":[{"parts":[{"text":"Say hello."}]}]}"""),
    };

    public async Task<Outcome> RunAsync(string name, string baseUrl, string secret, Action? first = null)
    {
        var (path, header, body) = Cases[name];
        var (headers, answer) = (Path.Combine(Artifacts.NewFolder("curl"), "headers"), Path.Combine(Artifacts.NewFolder("curl"), "answer"));
        string[] version = name == "messages" ? ["-H", "anthropic-version: 2023-06-01"] : [];
        using var curl = Process.Start(new ProcessStartInfo("curl",
        [
            "--silent", "--show-error", "--no-buffer", "--dump-header", headers, "--output", answer, "-H", header + secret,
            "-H", "Content-Type: application/json", .. version, "--data-binary", "@-", baseUrl + path,
        ]) { RedirectStandardInput = true })!;
        await curl.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        curl.StandardInput.Close();
        await curl.WaitForExitAsync();
        Assert.Equal(0, curl.ExitCode);
        var lines = await File.ReadAllLinesAsync(headers);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var named = lines.Skip(1).Where(line => line.Contains(": ", StringComparison.Ordinal)).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new Outcome(status.ToString(CultureInfo.InvariantCulture), null, [new Hit(status, named, await File.ReadAllBytesAsync(answer))]);
    }
}
