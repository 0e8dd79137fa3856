using System.Text;
using System.Text.Json;
using KeyPass.Server.Providers;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Conformance;

/// <summary>What providers really sent, where recordings lie beside the checkout: read by their own SDKs, and by OpenAI's where it is the one used.</summary>
public sealed class RecordingTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    private const string None = "(none)";

    public static TheoryData<string> Names()
    {
        var names = Recordings.AreThere ? Recordings.All().Where(one => ReaderOf(one) is not null).Select(one => one.Name) : [None];
        return [.. names];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recorded_answer_is_to_the_program_what_it_was_without_us(string name)
    {
        Recordings.SkipIfAbsent();
        var recording = Recordings.Of(name);
        var (script, call, suffix) = ReaderOf(recording)!.Value;
        var answer = new Replay(WithNames(recording), recording.MediaType);
        await Unfelt.AssertAsync(run, run.Node(script), call, suffix, answer);
    }

    private static (string Script, string Case, string Suffix)? ReaderOf(Recordings one)
    {
        var isStream = one.MediaType == Replay.Events;
        return one.Provider switch
        {
            "anthropic" => ("anthropic.mjs", isStream ? "events-chat" : "chat", ""),
            "google" => ("google.mjs", isStream ? "stream" : "chat", ""),
            "groq" => ("groq.mjs", isStream ? "stream" : "transcription", ""),
            "openai" or "azure" or "deepseek" or "xai" or "mistral" => one.Operation switch
            {
                Operation.Chat => ("openai.mjs", isStream ? "events-chat" : "chat", "/v1"),
                Operation.Responses => ("openai.mjs", isStream ? "events-responses" : "responses", "/v1"),
                Operation.Embeddings => ("openai.mjs", "embeddings", "/v1"),
                Operation.Transcriptions => ("openai.mjs", "transcription", "/v1"),
                _ => null,
            },
            _ => null,
        };
    }

    /// <summary>Recordings keep an event's data only. Anthropic's SDK goes by its name, which is also in there.</summary>
    private static byte[] WithNames(Recordings recording) => recording.Provider != "anthropic" || recording.MediaType != Replay.Events
        ? recording.Answer
        : Encoding.UTF8.GetBytes(string.Concat(Encoding.UTF8.GetString(recording.Answer).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => $"event: {JsonDocument.Parse(one["data: ".Length..]).RootElement.GetProperty("type").GetString()}\n{one}\n\n")));
}
