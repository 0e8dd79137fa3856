namespace KeyPass.Server.Mail;

/// <summary>Empties the outbox, one letter after the other: nothing piles up in memory, and a slow mail server slows nobody else.</summary>
internal sealed class MailSender(MailStore outbox, SmtpConnection mailServer, TimeProvider clock, ILogger<MailSender> log) : BackgroundService
{
    /// <summary>A person waits at the other end; an empty outbox costs one look-up by index.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        var readable = true;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                readable = await EmptyAsync(readable, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A stop; the host would print it as a failure when it comes before the start is over.
        }
    }

    /// <summary>False when the outbox cannot be read: that is said once, not each second.</summary>
    private async Task<bool> EmptyAsync(bool readable, CancellationToken cancel)
    {
        try
        {
            while (await outbox.DeliverNextAsync(mailServer.SendAsync, cancel) is { } outcome)
                Tell(outcome);
            return true;
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            // The database is away, mostly. Whatever it is, it must not be the end of all mail.
            if (readable)
                log.LogError("The outbox cannot be read: {Reason}", failure.GetType().Name);
            return false;
        }
    }

    /// <summary>By its id: an address in the log would tell who has an account here.</summary>
    private void Tell(MailStore.Outcome outcome)
    {
        if (outcome.GivenUp)
            log.LogError("Mail {Mail} was given up: {Reason}", outcome.Id, outcome.Failure);
        else if (outcome.Failure is not null)
            log.LogWarning("Mail {Mail} did not go out and is tried again: {Reason}", outcome.Id, outcome.Failure);
    }
}
