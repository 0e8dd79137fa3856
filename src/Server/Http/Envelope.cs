namespace KeyPass.Server.Http;

/// <summary>How management routes answer; a refusal has the same shape with an error in the place of data.</summary>
internal sealed record Envelope<T>(bool Success, T Data);

internal static class Envelope
{
    public static Envelope<T> Of<T>(T data) => new(true, data);
}
