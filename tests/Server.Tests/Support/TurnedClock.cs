using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Support;

/// <summary>
/// A clock that a test turns on by hours, and whose periodic timers ring without delay: what the server does now and then, it does at once.
/// </summary>
internal sealed class TurnedClock : TimeProvider
{
    private static readonly TimeSpan Ring = TimeSpan.FromMilliseconds(20);

    private long _ahead;

    public void Turn(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public void AddTo(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(this);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => period == Timeout.InfiniteTimeSpan
        ? base.CreateTimer(callback, state, dueTime, period)
        : base.CreateTimer(callback, state, Ring, Ring);
}
