using System.Buffers;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;
using KeyPass.Server.Sealing;
using KeyPass.Server.Vault;
using Microsoft.AspNetCore.Http.Features;

namespace KeyPass.Server.Gateway;

/// <summary>Brings a provider's answer to the caller, and reads along what it cost.</summary>
internal sealed class Answerer(KeyStore keys, TimeProvider clock, ILogger<Answerer> log)
{
    private static readonly byte[] EnvelopeStart = [.. """{"success":true,"data":"""u8];
    private static readonly byte[] EnvelopeEnd = [.. "}"u8];

    private const int BufferSize = 16 * 1024;

    /// <summary>Where an answer has no numbers: fewer bytes than this make a token in no text that people write.</summary>
    private const int BytesPerToken = 3;

    /// <summary>Of an answer that came packed though it was asked for plain; pictures are the longest, and far shorter.</summary>
    private const long MostUnpacked = 64 * 1024 * 1024;

    /// <summary>The caller has its answer, or the refusal says what to tell it instead.</summary>
    public async Task<RefusalResult?> AnswerAsync(
        HttpContext http, ForwarderAnswer answer, Attempt attempt, HeaderSecret secret, CallWish wish, CallNotes notes)
    {
        // A no costs nothing, and a redirect is none of an answer.
        notes.MayCost = answer.Status is >= 200 and < 300;
        if (answer.Status is < 200 or (>= 300 and < 400))
            return Refusals.ProviderUnreachable.Because("The provider answered with a redirect, which is not followed: a key goes to its own host only.");
        if (answer.Status >= 400)
            return await AnswerFailureAsync(http, answer, attempt, secret, wish, notes);
        CopyHeaders(http.Response, answer, secret);
        // The provider has the key and has answered: nothing needs it any more.
        secret.Dispose();
        notes.Status = http.Response.StatusCode = answer.Status;
        var reader = wish.ReaderFor(notes.Held!.Provider);
        var withholds = wish.IsAskedFor(notes.Held.Provider);
        using var meter = reader is null ? null : new AnswerMeter(reader, answer.MediaType, withholds);
        var isWrapped = wish.IsUnified && !wish.IsStream;
        if (answer.Length is { } length && !withholds)
            http.Response.ContentLength = isWrapped ? length + EnvelopeStart.Length + EnvelopeEnd.Length : length;
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        RefusalResult? refusal = null;
        var isWhole = true;
        try
        {
            if (isWrapped)
                await WriteAsync(http, EnvelopeStart, attempt);
            await PumpAsync(http, answer, attempt, meter, notes);
            if (isWrapped)
                await WriteAsync(http, EnvelopeEnd, attempt);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidDataException || Forwarder.IsUnreachable(failure))
        {
            isWhole = false;
            notes.Code = attempt.IsCut ? Refusals.KeyRevoked.Code : attempt.HungUp ? null : Refusals.ProviderUnreachable.Code;
            // Once the answer has begun it is too late for a refusal: a connection that breaks is what tells the caller that it is not whole.
            if (http.Response.HasStarted || attempt.IsCut || attempt.HungUp)
                http.Abort();
            else
                refusal = Refusals.ProviderUnreachable.Because("The provider's answer broke off before anything of it came, or cannot be read: try again.");
        }
        notes.HungUp = attempt.HungUp;
        if (meter is not null)
            notes.Cost = Price(meter.Reading, notes, wish.Size, meter.HasClamped);
        // What did not come may have been made all the same.
        if (!isWhole && notes is { IsGuess: true, Cost: { NanoUsd: not null } guess })
            notes.Cost = guess with { Exactness = Exactness.Interrupted };
        if (meter?.HasError == true)
            notes.Code ??= "provider_error_in_stream";
        if (meter?.HasClamped == true || notes.Cost?.IsClamped == true)
            log.LogWarning("The provider {Provider} counted something that cannot be for the model {Model}", notes.Held.Provider, notes.Model);
        return refusal;
    }

    private async Task PumpAsync(HttpContext http, ForwarderAnswer answer, Attempt attempt, AnswerMeter? meter, CallNotes notes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            await using var stream = await answer.OpenAsync(attempt.Life);
            while (await stream.ReadAsync(buffer, attempt.Life) is > 0 and var read)
            {
                attempt.Renew();
                notes.AnsweredBytes += read;
                if (answer.IsPacked && notes.AnsweredBytes > MostUnpacked)
                    throw new InvalidDataException("the provider's packed answer has no end");
                var part = meter is null ? buffer.AsMemory(0, read) : meter.Pass(buffer.AsMemory(0, read));
                if (part.IsEmpty)
                    continue;
                notes.FirstByteAt ??= clock.GetTimestamp();
                await WriteAsync(http, part, attempt);
            }
            if (meter is not null && meter.End() is { IsEmpty: false } last)
                await WriteAsync(http, last, attempt);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    /// <summary>To a caller who is still there. One who is not changes nothing: the answer is read on, for its cost.</summary>
    private static async ValueTask WriteAsync(HttpContext http, ReadOnlyMemory<byte> part, Attempt attempt)
    {
        if (attempt.HungUp)
            return;
        try
        {
            // Each piece goes out as it came: a stream that waits for a full buffer is none.
            await http.Response.BodyWriter.WriteAsync(part, http.RequestAborted);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // RequestAborted tells the attempt.
        }
    }

    private async Task<RefusalResult?> AnswerFailureAsync(
        HttpContext http, ForwarderAnswer answer, Attempt attempt, HeaderSecret secret, CallWish wish, CallNotes notes)
    {
        var body = await ReadFailureAsync(answer, attempt);
        if (body is null)
            return Refusals.ProviderUnreachable.Because($"The provider refused with status {answer.Status}, and did not say why in a form to pass on.");
        var clean = ProviderFailures.Scrub(body, secret);
        var said = ProviderFailures.Read(answer.Status, clean);
        notes.ProviderError = said;
        if (ProviderFailures.IsOfKey(said))
        {
            await MarkAsync(notes.Held!);
            return Refusals.ProviderAuthFailed.Because(
                "The provider does not take the provider key behind this key: its owner must replace it. Your own key is fine.") with { Provider = said };
        }
        if (wish.IsUnified)
        {
            return new Refusal("provider_refused", answer.Status).Because(
                $"The provider refused this call: {said.Message ?? "it did not say why"}") with { Provider = said };
        }
        CopyHeaders(http.Response, answer, secret);
        notes.Status = http.Response.StatusCode = answer.Status;
        http.Response.ContentLength = clean.Length;
        await http.Response.Body.WriteAsync(clean, http.RequestAborted);
        return null;
    }

    private static async Task<byte[]?> ReadFailureAsync(ForwarderAnswer answer, Attempt attempt)
    {
        var room = new byte[ProviderFailures.LongestBody + 1];
        try
        {
            await using var stream = await answer.OpenAsync(attempt.Life);
            var size = await stream.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, attempt.Life);
            return size < room.Length ? room[..size] : null;
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidDataException || Forwarder.IsUnreachable(failure))
        {
            return null;
        }
    }

    private static void CopyHeaders(HttpResponse response, ForwarderAnswer answer, HeaderSecret secret)
    {
        foreach (var (name, value) in answer.Headers())
        {
            if (ForwardedHeaders.GoesToCaller(name) && ForwardedHeaders.IsHarmless(value) && !ProviderFailures.Holds(value, secret))
                response.Headers.Append(name, value);
        }
        response.Headers["x-accel-buffering"] = "no";
    }

    /// <summary>Of a call that went out and was never answered: what was asked is charged for, as far as we know.</summary>
    public static Cost PriceUnanswered(CallNotes notes, CallWish wish) => Price(new Reading(), notes, wish.Size, isDoubtful: false) switch
    {
        { NanoUsd: null } unknown => unknown,
        var guess => guess with { Exactness = Exactness.Interrupted },
    };

    /// <param name="isDoubtful">Counts of it cannot be, and were cut: then our own guess is the least that it cost.</param>
    private static Cost Price(Reading reading, CallNotes notes, int asked, bool isDoubtful)
    {
        notes.Reading = reading;
        if (isDoubtful && reading.Parts.Count > 0)
        {
            var counted = Cost.Of(reading, notes.Held!.Provider, notes.Model ?? "", notes.Book, notes.At);
            return Guess(new Reading { Model = reading.Model }, notes, asked) is { NanoUsd: { } least } guess && !(counted.NanoUsd >= least)
                ? guess with { IsClamped = true }
                : counted with { Exactness = counted.Exactness == Exactness.Exact ? Exactness.Estimated : counted.Exactness };
        }
        return reading.Parts.Count == 0 && reading.ReportedNanoUsd is null
            ? Guess(reading, notes, asked)
            : Cost.Of(reading, notes.Held!.Provider, notes.Model ?? "", notes.Book, notes.At);
    }

    private static Cost Guess(Reading reading, CallNotes notes, int asked)
    {
        notes.IsGuess = true;
        reading.Parts.Add(new Usage { [UsageClass.Input] = asked / BytesPerToken + 1, [UsageClass.Output] = notes.AnsweredBytes / BytesPerToken });
        var guess = Cost.Of(reading, notes.Held!.Provider, notes.Model ?? "", notes.Book, notes.At);
        return guess with { Exactness = guess.NanoUsd is null ? Exactness.Unpriced : Exactness.Estimated };
    }

    private async Task MarkAsync(Grants.GrantKey held)
    {
        try
        {
            if (!held.IsOfServer)
                await keys.NoteTestAsync(held.Row.KeyId, held.Row.Version, KeyTest.Invalid, CancellationToken.None);
        }
        catch (Exception failure)
        {
            log.LogWarning("A refused provider key could not be marked: {Reason}", failure.GetType().Name);
        }
    }
}
