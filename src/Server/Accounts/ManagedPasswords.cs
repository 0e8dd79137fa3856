using System.Text;
using KeyPass.Server.Http;
using KeyPass.Server.Sealing;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace KeyPass.Server.Accounts;

/// <summary>
/// Passwords of accounts made by plain API, which arrive as they were typed. Hashed slowly, because what lies here is then all that
/// protects them; and under the ring, because without it nobody can even begin to guess. They are taken as they come: the pages send NFKC,
/// as the sealed side does, and programs send the same bytes each time. Here the base library normalizes only where ICU is installed, and a
/// password must not stop working because a server moved.
/// </summary>
internal sealed class ManagedPasswords(Ring ring)
{
    /// <summary>The name its column's values are bound to.</summary>
    public const string BoundAs = "accounts.password_hash";

    /// <summary>OWASP's figure for PBKDF2 with SHA-512; the framework's own default is 100,000.</summary>
    private const int Iterations = 210_000;

    /// <summary>The only factor there is: longer than where a browser adds its own.</summary>
    private const int Shortest = 15;

    /// <summary>A bound on the work one request can ask for, far above any sentence.</summary>
    private const int Longest = 256;

    private readonly PasswordHasher<ManagedPasswords> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));

    /// <summary>Verified in the place of one that is not there, so that the answer takes as long. Of a password nobody has.</summary>
    private readonly string _nobodys = new PasswordHasher<ManagedPasswords>(
        Options.Create(new PasswordHasherOptions { IterationCount = Iterations })).HashPassword(null!, nameof(_nobodys));

    public static void Check(FieldCheck check, string field, string password, EmailAddress? email)
    {
        check.Require(password.Length is >= Shortest and <= Longest, field,
            $"'{field}' takes {Shortest} to {Longest} characters: a sentence is easier to keep than a riddle.");
        check.Require(password.Distinct().Count() > 4 && email?.Normalized.Contains(password, StringComparison.OrdinalIgnoreCase) != true, field,
            $"'{field}' would be among the first to be guessed: take another.");
    }

    public byte[] Hash(Guid accountId, string password) =>
        ring.Wrap(BoundAs, accountId, Encoding.ASCII.GetBytes(_hasher.HashPassword(this, password)));

    /// <summary>Does the same work whether or not there is such an account, and whether or not it has such a password.</summary>
    public bool Matches(AccountStore.AccountRow? account, string password)
    {
        var stored = account?.PasswordHash is { } wrapped ? Encoding.ASCII.GetString(ring.Unwrap(BoundAs, account.Id, wrapped)) : null;
        var verdict = _hasher.VerifyHashedPassword(this, stored ?? _nobodys, password.Length <= Longest ? password : "");
        return stored is not null && verdict != PasswordVerificationResult.Failed;
    }
}
