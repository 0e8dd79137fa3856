using System.Globalization;
using System.Text;

namespace KeyPass.Server.Mail;

/// <summary>One mail, as the slice that has something to say writes it: plain ASCII text, for one person.</summary>
internal sealed record Letter(string To, string Subject, string Text)
{
    /// <summary>
    /// RFC 5322, with lines ended as on the wire. The message id is the same at every try: a mail server that was given it twice can tell.
    /// </summary>
    public string Compose(string from, Guid id, DateTimeOffset at)
    {
        string[] lines =
        [
            $"From: KeyPass <{from}>",
            $"To: <{To}>",
            $"Subject: {Subject}",
            $"Date: {at.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} +0000",
            $"Message-ID: <{id:N}@{from[(from.LastIndexOf('@') + 1)..]}>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Auto-Submitted: auto-generated", // RFC 3834: no holiday notice in return
            "",
            .. Text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'),
        ];
        var message = new StringBuilder();
        foreach (var line in lines)
            message.Append(line).Append("\r\n");
        return message.ToString();
    }
}
