namespace KeyPass.Server.Mail;

/// <summary>
/// Why a mail did not go out, in words of ours for the log: what a mail server answers may repeat the address, or a link.
/// </summary>
/// <param name="isFinal">This letter will never be taken: trying again would only annoy.</param>
internal sealed class SmtpFailure(string reason, bool isFinal, Exception? cause = null) : Exception(reason, cause)
{
    public bool IsFinal => isFinal;
}
