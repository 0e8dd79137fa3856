namespace KeyPass.Server.Accounts;

internal enum RegistrationMode
{
    Open,
    Invite,
    Closed,
}

/// <param name="ByMail">A mail server is set: an account is open once its address is proved.</param>
/// <param name="Operators">Addresses that have the role by the operator's own settings.</param>
internal sealed record AccountSettings(RegistrationMode Registration, bool ByMail, Uri PublicUrl, IReadOnlyList<EmailAddress> Operators);
