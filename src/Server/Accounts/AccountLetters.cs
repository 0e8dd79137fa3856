using System.Globalization;
using KeyPass.Server.Mail;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Accounts;

/// <summary>
/// What KeyPass writes to people about their accounts. Each joins the unit of work of the change it tells of. No letter holds a secret but
/// a one-use code, in the fragment of a link: that part of an address reaches no server and no log.
/// </summary>
internal sealed class AccountLetters(MailStore mails, AccountSettings settings, TimeProvider clock)
{
    private readonly string _home =
        new UriBuilder(settings.PublicUrl.Scheme, settings.PublicUrl.IdnHost, settings.PublicUrl.Port).Uri.GetLeftPart(UriPartial.Authority);

    public void ProveAddress(KeyPassDb context, string email, string code) => Write(context, email, "Confirm your address", $"""
        Welcome to KeyPass. Please confirm that this is your address:

        {_home}/verify-email#{code}

        The link works once, within a day. After it, sign in with the password you chose.

        If you did not just sign up at KeyPass, do not open the link: it opens an account for whoever did. Without it, none is made.
        """);

    /// <summary>Of an account that is open already.</summary>
    public void ProveOwnAddress(KeyPassDb context, string email, string code) => Write(context, email, "Confirm your address", $"""
        Your KeyPass account has this address. Please confirm that it is yours:

        {_home}/verify-email#{code}

        The link works once, within a day, and until you ask for another.

        If you have no account at KeyPass, do not open the link: it would say that somebody else's account is yours.
        """);

    public void AccountExists(KeyPassDb context, string email) => Write(context, email, "You have an account already", $"""
        Somebody asked for a KeyPass account with this address, probably you. You have one already, and nothing about it has changed.

        Sign in: {_home}/sign-in

        If the password is lost, the recovery code you wrote down opens the account from the same page.
        If it was not you, there is nothing to do.
        """);

    public void Invite(KeyPassDb context, string email, string code, DateTimeOffset expires) => Write(context, email, "An invitation to KeyPass", $"""
        You are invited to KeyPass, where your AI provider keys lie sealed. Sign up here:

        {_home}/sign-up#{code}

        The link works once, for this address, until {Show(expires)}. If you expected no invitation, there is nothing to do.
        """);

    public void PasswordChanged(KeyPassDb context, string email) => Notice(context, email, "Your password was changed",
        "The password of your KeyPass account was changed, and every session was ended.",
        "If it was not you, take the account back with your recovery code, and replace the keys in it at their providers:");

    public void RecoveryUsed(KeyPassDb context, string email) => Notice(context, email, "Your recovery code was used",
        "Somebody signed in to your KeyPass account with its recovery code. A new password and a new code come next.",
        "If it was not you, sign in now, change the password, and replace the keys in the account at their providers:");

    public void PasskeyAdded(KeyPassDb context, string email) => Notice(context, email, "A passkey was added",
        "A new passkey opens your KeyPass account.",
        "If it was not you, sign in, remove it, change the password, and replace the keys in the account at their providers:");

    public void AccountDeleted(KeyPassDb context, string email) => Notice(context, email, "Your account was deleted",
        "Your KeyPass account was deleted, with everything in it. There is no way back.",
        "If it was not you, replace the keys that were in it at their providers. You can open a new account:");

    private void Notice(KeyPassDb context, string email, string subject, string happened, string otherwise) => Write(context, email, subject, $"""
        {happened} That was on {Show(clock.GetUtcNow())}.

        If it was you, there is nothing to do.
        {otherwise}

        {_home}
        """);

    private void Write(KeyPassDb context, string email, string subject, string text) => mails.Append(context, new Letter(email, subject, text));

    private static string Show(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd 'at' HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
