namespace KeyPass.Server.Mail;

internal static class MailSetup
{
    public static void AddMail(this IServiceCollection services, MailSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<MailStore>();
        if (settings.Smtp is not { } smtp)
            return;
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SmtpConnection>(provider, smtp));
        services.AddHostedService<MailSender>();
    }
}
