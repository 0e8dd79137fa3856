using KeyPass.Sdk;

namespace KeyPass.Samples.Notes;

/// <summary>
/// All that an app does with KeyPass: begin a link session, exchange what comes back, call, and ask for more when the money is used up.
/// What this server remembers of a visitor is in the session.
/// </summary>
internal static class Notes
{
    private const string LinkSession = "link session";
    private const string Connection = "connection";
    private const string AccessToken = "access token";

    internal sealed record Shown(string? Status, ConnectionBudget? Budget);

    internal sealed record Begun(string LinkToken);

    internal sealed record Finish(string PublicToken);

    internal sealed record Question(string Text, string Notes);

    internal sealed record Refused(string Code, string Message);

    /// <summary>What the page shows of the connection: there is one or not, and how much is left.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, KeyPassClient keypass, CancellationToken cancel)
    {
        if (http.Session.GetString(Connection) is not { } connectionId)
            return Results.Ok(new Shown(null, null));
        var connection = await keypass.GetConnectionAsync(connectionId, cancel);
        return Results.Ok(new Shown(connection.Status, connection.Budget));
    }

    /// <summary>The link token goes to the browser of this very visitor. Who is connected already is asked for more instead.</summary>
    public static async Task<IResult> BeginAsync(HttpContext http, KeyPassClient keypass, NotesSettings settings, CancellationToken cancel)
    {
        var request = new LinkSessionRequest
        {
            RequestedProviders = [settings.Provider],
            BudgetSuggestionCents = settings.FirstCents,
            Reason = "To answer what you ask about your notes.",
            ClientUserId = http.Session.Id,
            Origin = settings.Origin,
        };
        if (http.Session.GetString(Connection) is { } connectionId
            && await keypass.GetConnectionAsync(connectionId, cancel) is { Status: "active" or "expired" } connection)
            request = request with { ConnectionId = connectionId, BudgetSuggestionCents = 2 * (connection.Budget?.LimitCents ?? settings.FirstCents) };
        var session = await keypass.CreateLinkSessionAsync(request, cancel);
        http.Session.SetString(LinkSession, session.LinkSessionId);
        return Results.Ok(new Begun(session.LinkToken));
    }

    /// <summary>The page brings the public token. It is exchanged here, once, and only for the session that this visitor began.</summary>
    public static async Task<IResult> FinishAsync(Finish body, HttpContext http, KeyPassClient keypass, CancellationToken cancel)
    {
        var made = await keypass.ExchangePublicTokenAsync(
            body.PublicToken, linkSessionId: http.Session.GetString(LinkSession), cancellationToken: cancel);
        http.Session.SetString(AccessToken, made.AccessToken);
        http.Session.SetString(Connection, made.ConnectionId);
        return Results.NoContent();
    }

    /// <summary>An answer is sent on as it comes. A no comes before the first word, in words the page can act on.</summary>
    public static async Task AskAsync(Question body, HttpContext http, KeyPassClient keypass, NotesSettings settings, CancellationToken cancel)
    {
        if (http.Session.GetString(AccessToken) is not { } accessToken)
        {
            await RefuseAsync(http, StatusCodes.Status401Unauthorized, new Refused("not_connected", "Connect your AI keys first."));
            return;
        }
        var request = new ChatRequest
        {
            Provider = settings.Provider,
            Model = settings.Model,
            Messages = [ChatMessage.System("Answer in a few sentences, from these notes:\n" + body.Notes), ChatMessage.User(body.Text)],
        };
        http.Response.ContentType = "text/plain; charset=utf-8";
        try
        {
            await foreach (var chunk in keypass.StreamChatCompletionAsync(accessToken, request, cancel))
            {
                if (string.IsNullOrEmpty(chunk.Text))
                    continue;
                await http.Response.WriteAsync(chunk.Text, cancel);
                await http.Response.Body.FlushAsync(cancel);
            }
        }
        catch (KeyPassException no) when (!http.Response.HasStarted)
        {
            var status = no is KeyPassBudgetException ? StatusCodes.Status402PaymentRequired : StatusCodes.Status502BadGateway;
            await RefuseAsync(http, status, new Refused(no.Code, no.Message));
        }
    }

    private static Task RefuseAsync(HttpContext http, int status, Refused body)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body);
    }
}
