using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Chat;
using OpenAI.Responses;

namespace KeyPass.Conformance;

/// <summary>OpenAI's SDK for .NET.</summary>
internal sealed class OpenAiDotNet : ISdk
{
    private const string Model = "gpt-4o-mini";

    private static readonly byte[] Sample = [.. Enumerable.Range(0, 40).Select(at => (byte)(at * 37))];

    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "weather", "The weather of a city", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""));

    public async Task<Outcome> RunAsync(string name, string baseUrl, string secret, Action? first = null)
    {
        using var wire = new WireCount();
        using var http = new HttpClient(wire);
        var options = new OpenAIClientOptions { Endpoint = new Uri(baseUrl), Transport = new HttpClientPipelineTransport(http) };
        var client = new OpenAIClient(new ApiKeyCredential(secret), options);
        try
        {
            return new Outcome(JsonSerializer.Serialize(await DoAsync(client, name, first)), null, wire.Hits);
        }
        catch (ClientResultException raised)
        {
            var answer = raised.GetRawResponse()!;
            answer.Headers.TryGetValue("x-request-id", out var id);
            return new Outcome(null, new Raised(nameof(ClientResultException), raised.Status, null, raised.Message, answer.Content.ToString(), id), wire.Hits);
        }
    }

    private static Task<object> DoAsync(OpenAIClient client, string name, Action? first) => name switch
    {
        "chat" => ChatAsync(client.GetChatClient(Model), new UserChatMessage("Say hello – ¡olé! 你好 🎉")),
        "tools" => UseToolAsync(client.GetChatClient(Model)),
        "vision" => ChatAsync(client.GetChatClient(Model), new UserChatMessage(
            ChatMessageContentPart.CreateTextPart("What is this?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Sample), "image/png"))),
        "stream" or "stream-gated" => StreamAsync(client.GetChatClient(Model), first),
        "responses" => RespondAsync(client.GetResponsesClient()),
        "responses-stream" => RespondInPiecesAsync(client.GetResponsesClient()),
        "embeddings" => EmbedAsync(client),
        "images" => DrawAsync(client),
        "speech" => SpeakAsync(client.GetAudioClient("tts-1")),
        "transcription" => ListenAsync(client.GetAudioClient("gpt-4o-mini-transcribe")),
        "moderations" => ModerateAsync(client),
        "models" => ListAsync(client),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };

    private static async Task<object> ChatAsync(ChatClient chat, ChatMessage message)
    {
        var answer = (await chat.CompleteChatAsync(message)).Value;
        return new { answer.Content[0].Text, answer.Usage.TotalTokenCount, answer.Model, answer.FinishReason };
    }

    private static async Task<object> UseToolAsync(ChatClient chat)
    {
        List<ChatMessage> messages = [new UserChatMessage("How warm is it in Paris?")];
        var options = new ChatCompletionOptions { Tools = { Weather } };
        var first = (await chat.CompleteChatAsync(messages, options)).Value;
        messages.Add(new AssistantChatMessage(first));
        messages.Add(new ToolChatMessage(first.ToolCalls[0].Id, """{"celsius":21}"""));
        var second = (await chat.CompleteChatAsync(messages, options)).Value;
        return new { Arguments = first.ToolCalls[0].FunctionArguments.ToString(), second.Content[0].Text };
    }

    private static async Task<object> StreamAsync(ChatClient chat, Action? first)
    {
        var texts = new List<string>();
        await foreach (var update in chat.CompleteChatStreamingAsync("Say hello."))
        {
            if (texts.Count == 0)
                first?.Invoke();
            texts.Add(string.Concat(update.ContentUpdate.Select(part => part.Text)) + update.FinishReason + update.Usage?.TotalTokenCount);
        }
        return texts;
    }

    private static async Task<object> RespondAsync(ResponsesClient responses)
    {
        var answer = (await responses.CreateResponseAsync(Model, "Say hello.")).Value;
        return new { answer.Id, Text = answer.GetOutputText(), answer.Usage.TotalTokenCount };
    }

    private static async Task<object> RespondInPiecesAsync(ResponsesClient responses)
    {
        var told = new List<string>();
        await foreach (var update in await responses.CreateResponseStreamingAsync(Model, "Say hello."))
            told.Add(update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : update.GetType().Name);
        return told;
    }

    private static async Task<object> EmbedAsync(OpenAIClient client)
    {
        var answer = (await client.GetEmbeddingClient("text-embedding-3-small").GenerateEmbeddingsAsync(["one", "two"])).Value;
        return answer.Select(one => one.ToFloats().ToArray()).ToList();
    }

    private static async Task<object> DrawAsync(OpenAIClient client) =>
        (await client.GetImageClient("gpt-image-1").GenerateImageAsync("A small red dot")).Value.ImageBytes.ToArray();

    private static async Task<object> SpeakAsync(AudioClient audio) => (await audio.GenerateSpeechAsync("Hello.", GeneratedSpeechVoice.Alloy)).Value.ToArray();

    private static async Task<object> ListenAsync(AudioClient audio) =>
        (await audio.TranscribeAudioAsync(new MemoryStream(Sample), "hello.wav", new AudioTranscriptionOptions { Language = "en" })).Value.Text;

    private static async Task<object> ModerateAsync(OpenAIClient client) =>
        (await client.GetModerationClient("omni-moderation-latest").ClassifyTextAsync("Good morning.")).Value.Flagged;

    private static async Task<object> ListAsync(OpenAIClient client) =>
        (await client.GetOpenAIModelClient().GetModelsAsync()).Value.Select(model => model.Id).ToList();
}
