using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Ledger;
using KeyPass.Server.Prices;
using KeyPass.Server.Providers;
using KeyPass.Server.Receipts;
using KeyPass.Server.Sealing;

namespace KeyPass.Server.Gateway;

/// <summary>
/// One proxied call, from its credential to its receipt. This page tells the story; each step is a call on somebody who does it.
/// <code>
/// 1 authenticate   whose credential it is                             else 401, 403
/// 2 authorise      model, kind of call and provider within its scope  else 400, 403
/// 3 reserve        the most that it can cost, of every budget          else 402
/// 4 unseal         the provider key, until the provider has answered
/// 5 forward        the bytes as they came, with the key in its place  else 502, 504
/// 6 meter          reads along; never changes a byte
/// 7 settle         the receipt, on every way out
/// </code>
/// </summary>
internal sealed class ProxyCall(
    Admission admission, BodyReader bodies, PriceBookSource prices, RateGates gates, Reserver reserver, Forwarder forwarder, Answerer answerer,
    CallLedger ledger, BoundViolations violations, RepairLinks repairs, Ring ring, ProviderSettings providers, TimeProvider clock)
{
    /// <param name="address">What is asked for.</param>
    /// <param name="named">Which provider keys the address allows.</param>
    public async Task RunAsync(HttpContext http, CallAddress address, Func<GrantKey, bool> named)
    {
        // Before all else, so that no call is made whose receipt would be lost.
        if (!ledger.TryTakePlace())
        {
            await Admission.Unavailable().ExecuteAsync(http);
            return;
        }
        var notes = new CallNotes(RequestId.GuidOf(http), clock.GetUtcNow(), clock.GetTimestamp()) { Operation = address.Operation };
        try
        {
            if (await TryAsync(http, address, named, notes) is { } refusal)
            {
                (notes.Status, notes.Code, notes.ProviderError) = (refusal.Refusal.Status, refusal.Refusal.Code, refusal.Provider ?? notes.ProviderError);
                await (notes.Grant is { } known ? repairs.Add(refusal, known) : refusal).ExecuteAsync(http);
            }
        }
        catch (Exception failure) when (notes.Status == 0)
        {
            // The body broke off, or something of ours did: the receipt says what the caller is told.
            notes.HungUp = http.RequestAborted.IsCancellationRequested;
            notes.Status = notes.HungUp ? ExceptionMap.ClientClosedRequest : ExceptionMap.ForException(failure).Refusal.Status;
            throw;
        }
        finally
        {
            // 7
            if (notes.Grant is { } grant)
                Settle(notes, notes.ToReceipt(grant, clock));
            else
                ledger.GiveBackPlace();
        }
    }

    private async Task<RefusalResult?> TryAsync(HttpContext http, CallAddress address, Func<GrantKey, bool> named, CallNotes notes)
    {
        // 1
        var (caller, refusal) = await admission.AdmitAsync(http.Request, alsoInQuery: address.Surface == Surface.Gemini, http.RequestAborted);
        if (caller is null)
            return refusal;
        using var _ = caller;
        (notes.Grant, notes.Book) = (caller.Grant, prices.For(caller.Grant.AccountId));

        // 2
        if (CallQuery.Problem(http.Request.QueryString.Value) is { } odd)
            return Refusals.InvalidRequest.Because(odd);
        if (!CallWish.Takes(address, http.Request.ContentType))
            return Refusals.UnsupportedMediaType.Because(
                $"The body must be JSON{(address.MayBeMultipart ? " or a form" : "")} in UTF-8: send it with 'Content-Type: application/json'.");
        var (body, unread) = await bodies.ReadAsync(http, address.MayBeMultipart ? BodyReader.MostForm : BodyReader.MostJson, http.RequestAborted);
        if (body is null)
            return unread;
        using var held = body;
        if (address.IsUnified)
        {
            var provider = UnifiedBody.TakeProvider(body, out var misnamed);
            if (misnamed is not null)
                return Refusals.InvalidRequest.Because(misnamed.Sentence, misnamed.Field);
            if (provider is not null)
                named = one => ProviderCatalog.NameOf(one.Provider) == provider;
        }
        if (!CallWish.TryRead(address, http.Request.ContentType, body.Content, out var wish, out var problem))
            return Refusals.InvalidRequest.Because(problem.Sentence, problem.Field);
        (notes.Model, notes.IsStream) = (wish.Models.Count > 0 ? wish.Models[0] : null, wish.IsStream);
        if (wish.Stored is { } stored)
            return Refusals.RouteNotAllowed.Because(
                $"'{stored}' names something kept in the provider account, which other keys share: KeyPass does not forward such calls yet. "
                    + "Send what it stands for with the call itself.", stored);
        var (chosen, forbidden) = KeyChoice.Choose(caller.Grant, address, named, wish.Models, notes.Book, notes.At);
        if (chosen is null)
            return forbidden;
        notes.Held = chosen;

        // 3
        if (await HoldAsync(http, address, caller.Grant, chosen, wish, notes) is { } tooMuch)
            return tooMuch;

        // 4
        using var secret = caller.Unseal(chosen, address.Surface, ring);

        // 5 and 6
        var outgoing = new Outgoing(
            chosen.Provider, chosen.Origin, Target(chosen.Provider, address, http), secret, wish.BytesFor(chosen.Provider, notes.ClampTo),
            http.Request.ContentType);
        (notes.Attempts, notes.MayCost) = (notes.Attempts + 1, true);
        using var attempt = new Attempt(http, caller.Grant, clock, providers.Wait);
        using var answer = await attempt.SendAsync(forwarder, outgoing, http.Request.Headers);
        if (answer is null)
        {
            (notes.HungUp, notes.MayCost) = (attempt.HungUp, outgoing.IsSent);
            if (outgoing.IsSent && wish.ReaderFor(chosen.Provider) is not null)
                notes.Cost = Answerer.PriceUnanswered(notes, wish);
            if (!attempt.HungUp)
                return attempt.Refusal;
            // Nobody waits for it; the receipt and the log are not to blame the provider.
            notes.Status = http.Response.StatusCode = ExceptionMap.ClientClosedRequest;
            return null;
        }
        // Sent and answered: a stream may run for an hour, and the room for bodies is everybody's.
        held.Dispose();
        notes.HeadersAt = clock.GetTimestamp();
        return await answerer.AnswerAsync(http, answer, attempt, secret, wish, notes);
    }

    private void Settle(CallNotes notes, Receipt receipt)
    {
        notes.Pass?.Leave(receipt.InputTokens + receipt.OutputTokens);
        if (notes.Hold is { } hold && receipt.CostNanoUsd > hold.NanoUsd)
            violations.Add(notes, receipt);
        ledger.Close(notes.Open, notes.Hold, receipt);
    }

    /// <summary>
    /// Its place among the calls of its key, its money, and a record of both: from here on it is charged for, whatever becomes of this server.
    /// </summary>
    private async ValueTask<RefusalResult?> HoldAsync(
        HttpContext http, CallAddress address, LiveGrant grant, GrantKey chosen, CallWish wish, CallNotes notes)
    {
        if (gates.TryEnter(grant, address.Surface, wish.Size, http.Response.Headers, out var pass) is { } tooOften)
            return tooOften;
        notes.Pass = pass;
        var (reserved, tooDear) = await reserver.ReserveAsync(grant, chosen, wish, notes.Book, notes.At, http.RequestAborted);
        if (reserved is null)
            return tooDear;
        (notes.Hold, notes.ClampTo) = (reserved.Hold, reserved.ClampTo);
        reserver.Tell(http.Response.Headers, grant, chosen, reserved);
        // What was heard when it came may be old by now: it waited for its body, and perhaps for money.
        if (!await admission.IsFreshAsync(http.RequestAborted))
            return Admission.Unavailable();
        try
        {
            notes.Open = ledger.Open(notes.AsItStands(grant, clock), notes.Hold);
            return null;
        }
        catch (JournalUnwritable)
        {
            return Admission.Unavailable();
        }
    }

    private static string Target(string provider, CallAddress address, HttpContext http) =>
        ProviderSurface.BaseOf(provider, address.Surface) + address.Path + CallQuery.Forwarded(http.Request.QueryString.Value);
}
