using System.Text.Json;
using KeyPass.Server.Pricing;

namespace KeyPass.Server.Providers;

/// <summary>
/// Reads what an answer of one wire shape says that it used. It never throws: what it cannot read it passes over, and an answer
/// of nothing readable has no reading.
/// </summary>
internal abstract class UsageReader : AnswerWalk
{
    /// <summary>Each one costs an exception; a provider that only sends rubbish is read no longer.</summary>
    private const int MostUnreadable = 100;

    private int _unreadable;

    public Reading Reading { get; } = new();

    /// <summary>The event just read tells the usage and nothing else.</summary>
    public bool IsUsageOnly { get; protected set; }

    /// <summary>The answer carries the provider's error, whatever its status said.</summary>
    public bool HasError { get; protected set; }

    /// <summary>A number was negative or beyond belief, and was clamped.</summary>
    public bool HasClamped => Found.HasClamped;

    /// <summary>What is read of a whole answer, and of one event of a stream.</summary>
    public abstract Wanted OfBody { get; }

    public abstract Wanted OfEvent { get; }

    /// <summary>The reader for what a provider (its catalogue id, or <c>custom:…</c>) answers; null where an answer uses nothing that is counted.</summary>
    public static UsageReader? For(string provider, Operation operation, Asked asked = default) => operation switch
    {
        Operation.Chat or Operation.Completions or Operation.Embeddings or Operation.Moderations =>
            provider == "cohere" ? new CohereUsageReader() : new ChatUsageReader(provider),
        Operation.Responses => new ResponsesUsageReader(),
        Operation.Messages => new MessagesUsageReader(asked.LongCache),
        Operation.GenerateContent or Operation.StreamGenerateContent or Operation.EmbedContent or Operation.BatchEmbedContents =>
            new GeminiUsageReader(),
        Operation.ImageGenerations or Operation.ImageEdits or Operation.ImageVariations => new ImageUsageReader(),
        Operation.Speech => new SpeechUsageReader(asked.Characters),
        Operation.Transcriptions or Operation.Translations => new TranscriptionUsageReader(),
        Operation.CountTokens or Operation.Models => null,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "no such operation"),
    };

    public void ReadBody(ReadOnlySpan<byte> body) => Read(body, OfBody, isEvent: false);

    public void ReadEvent(ReadOnlySpan<byte> data)
    {
        IsUsageOnly = false;
        if (MayMatter(data))
            Read(data, OfEvent, isEvent: true);
    }

    /// <summary>The provider ended its answer by itself; nothing comes any more.</summary>
    public virtual void End()
    {
    }

    /// <summary>The numbers of this text are found; put them into the reading.</summary>
    protected abstract void Take(bool isEvent);

    protected virtual void Begin()
    {
    }

    /// <summary>Nearly every event is a word of the answer and is not worth parsing.</summary>
    private bool MayMatter(ReadOnlySpan<byte> data) => Reading.Model is null || Says(data, "usage"u8) || Says(data, "error"u8);

    /// <summary>Once asked for the usage, OpenAI's servers say in every event but the last that there is none yet.</summary>
    private static bool Says(ReadOnlySpan<byte> data, ReadOnlySpan<byte> name)
    {
        while (data.IndexOf(name) is >= 0 and var at)
        {
            data = data[(at + name.Length)..];
            if (!data.StartsWith("\":null"u8) && !data.StartsWith("\": null"u8))
                return true;
        }
        return false;
    }

    private void Read(ReadOnlySpan<byte> text, Wanted wanted, bool isEvent)
    {
        // "[DONE]", an empty block, a text answer.
        if (_unreadable >= MostUnreadable || text.IsEmpty || text.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
            return;
        try
        {
            Begin();
            Walk(text, wanted);
            if (Found.Text(AnswerField.Model) is { } model)
                Reading.Model = model;
            HasError |= Found.Has(AnswerField.Error);
            Take(isEvent);
        }
        catch (JsonException)
        {
            _unreadable++;
        }
    }
}
