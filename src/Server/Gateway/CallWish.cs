using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>What a call's body asks for, as far as it concerns us.</summary>
internal sealed class CallWish
{
    private readonly CallAddress _address;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly CallBody _body;

    private CallWish(CallAddress address, ReadOnlyMemory<byte> bytes, CallBody body)
    {
        (_address, _bytes, _body) = (address, bytes, body);
        IsStream = body.Stream || address.Operation == Operation.StreamGenerateContent;
        var model = address.Model ?? body.Model;
        Models = model is null ? body.OtherModels : body.OtherModels.Count == 0 ? [model] : [model, .. body.OtherModels];
    }

    /// <summary>The one that is asked for, then those that may serve in its place: the scope holds for each.</summary>
    public IReadOnlyList<string> Models { get; }

    public bool IsStream { get; }

    public int Size => _bytes.Length;

    public static bool TryRead(
        CallAddress address, string? contentType, ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out CallWish? wish,
        [NotNullWhen(false)] out BodyProblem? problem)
    {
        wish = null;
        if (!CallBody.TryRead(bytes.Span, address.Operation, out var body, out problem))
            return false;
        if (address.HasModelInBody && body.Model is null && NeedsModel(address.Operation))
        {
            problem = new BodyProblem("model", "'model' is missing: name the model that is to answer.");
            return false;
        }
        wish = new CallWish(address, bytes, body);
        return true;
    }

    /// <summary>Without one a call has neither a scope nor a price. Some routes have a model of their own where none is named.</summary>
    private static bool NeedsModel(Operation operation) => operation is not (Operation.Moderations or Operation.ImageGenerations or Operation.ImageVariations);

    /// <summary>Whether the usage of the stream is asked for in the caller's place.</summary>
    public bool IsAskedFor(string provider) => UsageInjection.Helps(provider, _address.Operation) && _body.Stream && !_body.AsksForUsage;

    public ReadOnlySequence<byte> BytesFor(string provider) =>
        IsAskedFor(provider) && _body.AskForUsage() is { } change ? change.Into(_bytes) : new ReadOnlySequence<byte>(_bytes);

    /// <summary>Null where an answer uses nothing that is counted.</summary>
    public UsageReader? ReaderFor(string provider) => UsageReader.For(provider, _address.Operation, _body.Asked);
}
