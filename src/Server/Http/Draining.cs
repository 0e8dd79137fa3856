using System.Runtime.InteropServices;

namespace KeyPass.Server.Http;

/// <summary>
/// The graceful stop: from the first signal on, new work gets 503 and <c>/readyz</c> too; what runs may end within a set
/// time; then the server stops, and after it PostgreSQL. A second signal stops at once.
/// </summary>
internal sealed class Draining(TimeSpan limit, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<Draining> log) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _signalsSeen;

    public bool IsDraining => Volatile.Read(ref _signalsSeen) > 0;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT })
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = BeginAsync();
            }));
        }
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task BeginAsync()
    {
        if (Interlocked.Increment(ref _signalsSeen) > 1)
        {
            await _hurry.CancelAsync();
            return;
        }
        if (Volatile.Read(ref _running) > 0)
        {
            log.LogInformation("Stopping: {Running} running requests have {Seconds:0} s to end.", Volatile.Read(ref _running), limit.TotalSeconds);
            try
            {
                await _idle.Task.WaitAsync(limit, clock, _hurry.Token);
            }
            catch (Exception over) when (over is TimeoutException or OperationCanceledException)
            {
                log.LogWarning("Stopping now: {Running} requests are cut.", Volatile.Read(ref _running));
            }
        }
        lifetime.StopApplication();
    }

    /// <summary>False when no new work is taken; otherwise <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        Interlocked.Increment(ref _running);
        if (!IsDraining)
            return true;
        Leave();
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _running) == 0 && IsDraining)
            _idle.TrySetResult();
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _hurry.Dispose();
    }
}

internal static class DrainingSetup
{
    /// <summary>A probe answers to the end, and no stop waits for it.</summary>
    public static TBuilder AnswersWhileDraining<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new ProbeMark());

    private sealed record ProbeMark;

    public static void UseDraining(this WebApplication app)
    {
        var draining = app.Services.GetRequiredService<Draining>();
        app.Use(async (context, next) =>
        {
            var probe = context.GetEndpoint()?.Metadata.GetMetadata<ProbeMark>() is not null;
            if (probe)
            {
                await next(context);
                return;
            }
            if (!draining.TryEnter())
            {
                context.Response.Headers.Connection = "close";
                await Refusals.Draining.Because("This server is stopping and takes no new work: try again, another one answers or this one will be back.",
                    retryAfter: TimeSpan.FromSeconds(5)).ExecuteAsync(context);
                return;
            }
            try
            {
                await next(context);
            }
            finally
            {
                draining.Leave();
            }
        });
    }
}
