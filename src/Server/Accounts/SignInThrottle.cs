namespace KeyPass.Server.Accounts;

/// <summary>
/// Who has to wait before a password or code is tried. Strangers share the pauses of the account, and those of their address. A browser
/// that signed in to the account before has pauses of its own and no others: whatever happens elsewhere, its owner gets in.
/// </summary>
internal sealed class SignInThrottle(ThrottleStore throttle, DeviceStore devices)
{
    /// <summary>An attempt that may go on, or <see cref="Wait"/>; and what is taken back when it was right.</summary>
    internal sealed record Attempt(TimeSpan? Wait, IReadOnlyList<string> Subjects);

    public async Task<Attempt> BeginAsync(EmailAddress email, string address, string? deviceMark, CancellationToken cancel)
    {
        var account = $"login/{email.Normalized}";
        if (deviceMark is not null && await devices.FindAsync(email, deviceMark, cancel) is { } device)
        {
            var own = $"{account}/{device:N}";
            return new Attempt(await throttle.BeginAsync(own, ThrottleStore.FreeForAccount, cancel), [own]);
        }
        var from = $"login/{address}";
        var wait = await throttle.BeginAsync(from, ThrottleStore.FreeForAddress, cancel)
            ?? await throttle.BeginAsync(account, ThrottleStore.FreeForAccount, cancel);
        return new Attempt(wait, [account, from]);
    }

    public async Task ForgiveAsync(Attempt attempt, CancellationToken cancel)
    {
        foreach (var subject in attempt.Subjects)
            await throttle.ForgiveAsync(subject, cancel);
    }
}
