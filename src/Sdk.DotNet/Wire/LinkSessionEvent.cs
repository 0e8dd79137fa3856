namespace KeyPass.Sdk;

/// <summary>A step of a link session.</summary>
/// <param name="Name">The status that began.</param>
/// <param name="At">When.</param>
public sealed record LinkSessionEvent(string Name, DateTimeOffset At);
