using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace KeyPass.Conformance;

/// <summary>Anthropic's SDK for .NET.</summary>
internal sealed class AnthropicDotNet : ISdk
{
    private const string Model = "claude-sonnet-4-5";

    private static readonly Tool Weather = new()
    {
        Name = "weather",
        Description = "The weather of a city",
        InputSchema = new() { Properties = new Dictionary<string, JsonElement> { ["city"] = JsonSerializer.SerializeToElement(new { type = "string" }) } },
    };

    public async Task<Outcome> RunAsync(string name, string baseUrl, string secret, Action? first = null)
    {
        using var wire = new WireCount();
        using var http = new HttpClient(wire);
        using var client = new AnthropicClient { ApiKey = secret, BaseUrl = baseUrl, HttpClient = http };
        try
        {
            return new Outcome(JsonSerializer.Serialize(await DoAsync(client, name, first)), null, wire.Hits);
        }
        catch (AnthropicApiException raised)
        {
            var told = new Raised(raised.GetType().Name, (int)raised.StatusCode, null, raised.Message, raised.ResponseBody, raised.RequestID);
            return new Outcome(null, told, wire.Hits);
        }
    }

    private static async Task<object> DoAsync(AnthropicClient client, string name, Action? first) => name switch
    {
        "chat" => await client.Messages.Create(Asks("Say hello – ¡olé! 你好 🎉")),
        "tools" => await UseToolAsync(client),
        "stream" => await client.Messages.CreateStreaming(Asks("Say hello.")).Aggregate(),
        "stream-gated" => await CollectAsync(client, first),
        "count" => await client.Messages.CountTokens(new MessageCountTokensParams { Model = Model, Messages = [new UserMessageParam("Say hello.")] }),
        "models" => (await client.Models.List()).Items.Select(model => model.ID).ToList(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };

    private static async Task<object> UseToolAsync(AnthropicClient client)
    {
        List<MessageParam> messages = [new UserMessageParam("How warm is it in Paris?")];
        var first = await client.Messages.Create(Asks(messages));
        var call = first.Content.Select(block => block.Value).OfType<ToolUseBlock>().Single();
        var asked = new ToolUseBlockParam { ID = call.ID, Name = call.Name, Input = call.Input };
        messages.Add(new AssistantMessageParam(new List<ContentBlockParam> { asked }));
        messages.Add(new UserMessageParam(new List<ContentBlockParam> { new ToolResultBlockParam(call.ID) { Content = "21 °C" } }));
        return new { call.Input, Second = await client.Messages.Create(Asks(messages)) };
    }

    private static async Task<object> CollectAsync(AnthropicClient client, Action? first)
    {
        var events = new List<RawMessageStreamEvent>();
        await foreach (var one in client.Messages.CreateStreaming(Asks("Say hello.")))
        {
            if (events.Count == 0)
                first?.Invoke();
            events.Add(one);
        }
        return events;
    }

    private static MessageCreateParams Asks(string text) => new() { MaxTokens = 100, Model = Model, Messages = [new UserMessageParam(text)] };

    private static MessageCreateParams Asks(List<MessageParam> messages) => new() { MaxTokens = 100, Model = Model, Messages = messages, Tools = [Weather] };
}
