using System.Globalization;
using KeyPass.Server.Mail;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.Alerts;

/// <summary>What KeyPass writes to people about their money.</summary>
internal sealed class AlertLetters(MailStore mails, Uri publicUrl)
{
    private readonly string _home = publicUrl.GetLeftPart(UriPartial.Authority);

    public void Write(KeyPassDb context, string email, BudgetAlert alert)
    {
        var what = AlertText.Of(alert);
        var ends = alert.ResetsAt is { } reset
            ? $"It begins anew on {reset.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC."
            : "It has no end.";
        var then = alert.Percent < 100
            ? "Calls go on until it is spent."
            : "Calls that it limits are refused from now on; a higher limit lets them through at once.";
        mails.Append(context, new Letter(email, $"{alert.Percent} % of a budget is spent", $"""
            The budget of {what} has spent {AlertText.Dollars(alert.SpentNanoUsd)} of its {AlertText.Dollars(alert.LimitNanoUsd)}. {ends}

            {then}

            {_home}
            """));
    }
}
