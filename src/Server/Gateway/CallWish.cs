using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Providers.Bounds;

namespace KeyPass.Server.Gateway;

/// <summary>What a call's body asks for, as far as it concerns us.</summary>
internal sealed class CallWish
{
    private readonly CallAddress _address;
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <summary>Null for a form.</summary>
    private readonly CallBody? _body;

    /// <summary>Null for JSON.</summary>
    private MultipartBody? _form;

    private CallWish(CallAddress address, ReadOnlyMemory<byte> bytes, string? model, IReadOnlyList<string> others, bool isStream, CallBody? body)
    {
        (_address, _bytes, _body) = (address, bytes, body);
        IsStream = isStream || address.Operation == Operation.StreamGenerateContent;
        Models = model is null ? others : others.Count == 0 ? [model] : [model, .. others];
    }

    /// <summary>The one that is asked for, then those that may serve in its place: the scope holds for each.</summary>
    public IReadOnlyList<string> Models { get; }

    public bool IsStream { get; }

    /// <summary>Its answer goes into our envelope.</summary>
    public bool IsUnified => _address.IsUnified;

    public int Size => _bytes.Length;

    /// <summary>The member that names something stored in the provider account; null where none does.</summary>
    public string? Stored { get; private init; }

    /// <summary>
    /// Whether a body of that type is read in one way by everybody: a provider that took JSON for a form, or for another alphabet, would find
    /// other members in it than we did.
    /// </summary>
    public static bool Takes(CallAddress address, string? contentType)
    {
        if (contentType is null)
            return true;
        if (!ForwardedHeaders.IsHarmless(contentType))
            return false;
        var parts = contentType.Split(';', StringSplitOptions.TrimEntries);
        if (IsForm(address, parts[0]))
            return true;
        return (parts[0].Equals("application/json", StringComparison.OrdinalIgnoreCase) || parts[0].EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            && parts.AsSpan(1).ToArray().All(IsOfUtf8);
    }

    public static bool TryRead(
        CallAddress address, string? contentType, ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out CallWish? wish,
        [NotNullWhen(false)] out BodyProblem? problem)
    {
        wish = null;
        if (contentType is not null && IsForm(address, contentType.Split(';')[0].Trim()))
        {
            if (MultipartBody.TryRead(bytes.Span, contentType, out var form, out problem))
                wish = new CallWish(address, bytes, form.Model, [], form.Stream, body: null) { _form = form, Stored = form.Stored };
        }
        else if (CallBody.TryRead(bytes.Span, address.Operation, out var body, out problem))
        {
            wish = new CallWish(address, bytes, address.Model ?? body.Model, OthersOf(address, body), body.Stream, body) { Stored = body.Stored };
        }
        if (wish is null || wish.Models.Count > 0 || !NeedsModel(address.Operation))
            return wish is not null;
        (wish, problem) = (null, new BodyProblem("model", "'model' is missing: name the model that is to answer."));
        return false;
    }

    private static bool IsForm(CallAddress address, string mediaType) =>
        address.MayBeMultipart && mediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    private static bool IsOfUtf8(string parameter) =>
        !parameter.StartsWith("charset", StringComparison.OrdinalIgnoreCase)
        || parameter[(parameter.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', ' ').ToUpperInvariant() is "UTF-8" or "UTF8";

    /// <summary>Google's bodies may name the path's model again, as <c>models/…</c>; another beside it has to be allowed too.</summary>
    private static IReadOnlyList<string> OthersOf(CallAddress address, CallBody body)
    {
        if (address.Model is null)
            return body.OtherModels;
        return [.. body.OtherModels.Append(body.Model).OfType<string>().Select(BareName).Where(other => other != address.Model)];
    }

    private static string BareName(string model) => model.StartsWith("models/", StringComparison.Ordinal) ? model["models/".Length..] : model;

    /// <summary>Without one a call has neither a scope nor a price. Some routes have a model of their own where none is named.</summary>
    private static bool NeedsModel(Operation operation) => operation is not (Operation.Moderations or Operation.ImageGenerations or Operation.ImageVariations);

    /// <summary>Whether the usage of the stream is asked for in the caller's place.</summary>
    public bool IsAskedFor(string provider) => _body is { Stream: true, AsksForUsage: false } && UsageInjection.Helps(provider, _address.Operation);

    /// <param name="provider">That they go to.</param>
    /// <param name="mostTokens">The answer's limit is lowered to it, or set where the body has none; null leaves it as it is.</param>
    public ReadOnlySequence<byte> BytesFor(string provider, long? mostTokens = null)
    {
        List<Splice>? changes = null;
        if (mostTokens is { } tokens && _body is not null)
            changes = [.. OutputField.Lowered(_body.Signs, provider, _address.Operation, Models[0], tokens)];
        if (IsAskedFor(provider) && _body!.AskForUsage() is { } asking)
            (changes ??= []).Add(asking);
        return changes is null ? new ReadOnlySequence<byte>(_bytes) : Splice.Into(_bytes, changes);
    }

    /// <summary>The most that one attempt at a provider can cost; null where nobody can say, and why.</summary>
    /// <param name="provider">Its catalogue id, or <c>custom:…</c>.</param>
    /// <param name="book">The prices in force.</param>
    /// <param name="at">When.</param>
    /// <param name="tightly">With a second look at the body, for where the first one's bound is too much.</param>
    /// <param name="why">Set where there is no bound.</param>
    public Bound? BoundFor(string provider, PriceBook book, DateTimeOffset at, bool tightly, out NoBound? why) => (_form is not null
        ? BoundCall.Of(provider, _address.Operation, Models, _form)
        : BoundCall.Of(provider, _address.Operation, Models, _body!, _bytes.Span, tightly)).BoundFor(book, at, out why);

    /// <summary>Null where an answer uses nothing that is counted.</summary>
    public UsageReader? ReaderFor(string provider) => UsageReader.For(provider, _address.Operation, _body?.Asked ?? default);
}
