using System.Text;
using KeyPass.Server.Persistence;
using KeyPass.Server.Sealing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace KeyPass.Server.Mail;

/// <summary>
/// The outbox. A letter is put in with the change it tells of, in one transaction: a mail server that is down loses none, and no request
/// waits for one. What a letter says is under the ring, because a link in it may open something.
/// </summary>
internal sealed class MailStore(Database database, Ring ring, MailSettings settings, TimeProvider clock)
{
    public const string Table = "mails";

    /// <summary>What nobody could deliver in a day is no news, and its code is void.</summary>
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);

    /// <summary>Longer than any conversation with a mail server may take.</summary>
    private static readonly TimeSpan TakenFor = SmtpConnection.Limit * 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    internal delegate Task Deliver(Letter letter, Guid id, DateTimeOffset writtenAt, CancellationToken cancel);

    /// <summary>What became of the letter that was due.</summary>
    internal sealed record Outcome(Guid Id, string? Failure, bool GivenUp);

    /// <summary>Joins the caller's unit of work; its SaveChanges writes change and letter together. Without a mail server there is none.</summary>
    public void Append(KeyPassDb context, Letter letter)
    {
        if (settings.Smtp is null)
            return;
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        context.Add(new MailRow
        {
            Id = id,
            Recipient = letter.To,
            Subject = letter.Subject,
            Text = ring.Wrap(Table, id, Encoding.UTF8.GetBytes(letter.Text)),
            Tries = 0,
            CreatedAt = now,
            DueAt = now,
        });
    }

    /// <summary>
    /// Null when no letter is due. Who takes one puts its next try off first: of many servers one sends it, and if that one dies over it,
    /// or cannot write down that it is out, the next try is no sooner than that.
    /// </summary>
    public async Task<Outcome?> DeliverNextAsync(Deliver deliver, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var takenUntil = now + TakenFor;
        await using var context = database.NewContext();
        var taken = await context.Set<MailRow>().FromSql($"""
            UPDATE mails SET tries = tries + 1, due_at = {takenUntil}
            WHERE id = (SELECT id FROM mails WHERE due_at <= {now} ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *
            """).ToListAsync(cancel);
        if (taken is not [var row])
            return null;
        Outcome outcome;
        try
        {
            outcome = await TryAsync(deliver, row, cancel);
        }
        catch (OperationCanceledException)
        {
            // This server stops, and the letter is not out: another's turn, at once.
            row.DueAt = now;
            await context.SaveChangesAsync(CancellationToken.None);
            throw;
        }
        if (outcome.Failure is null || outcome.GivenUp)
            context.Remove(row);
        else
            row.DueAt = clock.GetUtcNow() + Pause(row.Tries);
        // It is out, or not: that is written down even while the server stops.
        await context.SaveChangesAsync(CancellationToken.None);
        return outcome;
    }

    private async Task<Outcome> TryAsync(Deliver deliver, MailRow row, CancellationToken cancel)
    {
        try
        {
            var text = Encoding.UTF8.GetString(ring.Unwrap(Table, row.Id, row.Text));
            await deliver(new Letter(row.Recipient, row.Subject, text), row.Id, row.CreatedAt, cancel);
            return new Outcome(row.Id, Failure: null, GivenUp: false);
        }
        catch (SmtpFailure failure)
        {
            return new Outcome(row.Id, failure.Message, failure.IsFinal || clock.GetUtcNow() - row.CreatedAt > GivenUpAfter);
        }
        catch (SealBroken)
        {
            return new Outcome(row.Id, "what it says was altered in the database", GivenUp: true);
        }
    }

    private static TimeSpan Pause(int tries)
    {
        var doubled = FirstPause * Math.Pow(2, Math.Min(tries, 16) - 1);
        return doubled < LongestPause ? doubled : LongestPause;
    }

    internal sealed class MailRow
    {
        public required Guid Id { get; init; }
        public required string Recipient { get; init; }
        public required string Subject { get; init; }
        public required byte[] Text { get; init; }
        public required int Tries { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public required DateTimeOffset DueAt { get; set; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<MailRow>
    {
        public void Configure(EntityTypeBuilder<MailRow> builder)
        {
            builder.ToTable(Table);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.Recipient).HasColumnName("recipient").HasMaxLength(254);
            builder.Property(row => row.Subject).HasColumnName("subject").HasMaxLength(100);
            builder.Property(row => row.Text).HasColumnName("text");
            builder.Property(row => row.Tries).HasColumnName("tries");
            builder.Property(row => row.CreatedAt).HasColumnName("created_at");
            builder.Property(row => row.DueAt).HasColumnName("due_at");
            builder.HasIndex(row => row.DueAt);
        }
    }
}
