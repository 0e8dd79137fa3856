using System.Text.Json;
using KeyPass.Server.Audit;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;
using KeyPass.Server.Vault;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql;

namespace KeyPass.Server.Accounts;

/// <summary>Opens accounts, and keeps those that wait for the code in a mail. Nobody can sign in to one that waits.</summary>
internal sealed class SignUpStore(Database database, AuditStore audit, TimeProvider clock)
{
    public const string Table = "pending_registrations";

    /// <summary>Over night, and for mail that is slow.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private static readonly JsonSerializerOptions Complete = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Null when the account is open; otherwise why not.</summary>
    public async Task<RefusalResult?> OpenAsync(SignUp signUp, Guid? inviteId, CancellationToken cancel)
    {
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        if (await OpenAsync(context, signUp, inviteId, cancel) is { } refusal)
            return refusal;
        await transaction.CommitAsync(cancel);
        return null;
    }

    /// <summary>
    /// Keeps it until its code comes, and writes the letter in the same transaction. For an address that is taken, the same is done with a
    /// code that nobody is told: there is then no difference to see, or to time.
    /// </summary>
    public async Task KeepAsync(SignUp signUp, Guid? inviteId, byte[] codeHash, Action<KeyPassDb> write, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        context.Add(new PendingRow
        {
            Id = Guid.CreateVersion7(now),
            CodeHash = codeHash,
            SignUp = JsonSerializer.Serialize(signUp),
            InviteId = inviteId,
            ExpiresAt = now + Lifetime,
        });
        write(context);
        await context.SaveChangesAsync(cancel);
    }

    /// <summary>Opens the account that waits for this code. Null when it is open; otherwise why not.</summary>
    public async Task<RefusalResult?> VerifyAsync(byte[] codeHash, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        await using var transaction = await context.Database.BeginTransactionAsync(cancel);
        // Locked: of two that come at once, the second finds it gone.
        var found = await context.Set<PendingRow>()
            .FromSql($"SELECT * FROM pending_registrations WHERE code_hash = {codeHash} AND expires_at > {now} FOR UPDATE").ToListAsync(cancel);
        if (found is not [var pending] || Read(pending.SignUp) is not { } signUp)
            return CodeInvalid();
        context.Remove(pending);
        signUp.Account.EmailVerifiedAt = now;
        if (await OpenAsync(context, signUp, pending.InviteId, cancel) is { } refusal)
            return refusal;
        await transaction.CommitAsync(cancel);
        return null;
    }

    public async Task SweepAsync(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var context = database.NewContext();
        await context.Set<PendingRow>().Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancel);
    }

    public static RefusalResult CodeInvalid() => Refusals.CodeInvalid.Because(
        "This link was used already, is older than a day, or is not whole: open it from the mail again, sign in, or sign up anew.", "code");

    private async Task<RefusalResult?> OpenAsync(KeyPassDb context, SignUp signUp, Guid? inviteId, CancellationToken cancel)
    {
        if (inviteId is { } invite && !await InviteStore.UseAsync(context, invite, clock.GetUtcNow(), cancel))
            return InviteStore.NotThere();
        context.Add(signUp.Account);
        VaultStore.Add(context, signUp.Vault, signUp.Unlocks, signUp.Items);
        var id = signUp.Account.Id;
        audit.Append(context, new AuditEntry(id, "account", "account.created", id.ToString("N")));
        try
        {
            await context.SaveChangesAsync(cancel);
            return null;
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken)
        {
            return taken.ConstraintName == AccountStore.EmailIndex
                ? Refusals.EmailTaken.Because("An account has this address already: sign in, or recover it with its recovery code.", "email")
                : Refusals.InvalidRequest.Because("An id in this sign-up is in use: make every id anew, at random.");
        }
    }

    /// <summary>Null for one that another version of this server wrote, with rows that are not ours.</summary>
    private static SignUp? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<SignUp>(json, Complete);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal sealed class PendingRow
    {
        public required Guid Id { get; init; }
        public required byte[] CodeHash { get; init; }

        /// <summary>The rows as JSON. What is secret in them is under the ring, each bound to the table and row it is for.</summary>
        public required string SignUp { get; init; }

        public required Guid? InviteId { get; init; }
        public required DateTimeOffset ExpiresAt { get; init; }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<PendingRow>
    {
        public void Configure(EntityTypeBuilder<PendingRow> builder)
        {
            builder.ToTable(Table);
            builder.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            builder.Property(row => row.CodeHash).HasColumnName("code_hash");
            builder.Property(row => row.SignUp).HasColumnName("sign_up").HasColumnType("jsonb");
            builder.Property(row => row.InviteId).HasColumnName("invite_id");
            builder.Property(row => row.ExpiresAt).HasColumnName("expires_at");
            builder.HasIndex(row => row.CodeHash).IsUnique();
            builder.HasIndex(row => row.ExpiresAt);
        }
    }
}
