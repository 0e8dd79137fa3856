using System.Text;
using KeyPass.Server.Gateway;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>An answer that went through a meter in pieces: what came out, and what was read.</summary>
internal sealed record Metered(byte[] Passed, string Reading, bool IsFinal, bool HasError, bool HasClamped, long? ReportedNanoUsd)
{
    public const string Sse = "text/event-stream";
    public const string Json = "application/json";

    public string PassedText => Encoding.UTF8.GetString(Passed);

    public static Metered Run(
        string provider, Operation operation, string? mediaType, byte[] answer, Func<int>? cut = null, bool withholds = false, Asked asked = default)
    {
        var reader = UsageReader.For(provider, operation, asked)!;
        using var meter = new AnswerMeter(reader, mediaType, withholds);
        var passed = new MemoryStream();
        for (var at = 0; at < answer.Length;)
        {
            var length = Math.Min(answer.Length - at, cut?.Invoke() ?? answer.Length);
            // Memory of its own for each read, overwritten afterwards: nothing may be kept by reference.
            var read = answer.AsSpan(at, length).ToArray();
            passed.Write(meter.Pass(read).Span);
            Array.Fill(read, (byte)'#');
            at += length;
        }
        passed.Write(meter.End().Span);
        return new Metered(passed.ToArray(), Told(meter.Reading), meter.Reading.IsFinal, meter.HasError, meter.HasClamped, meter.Reading.ReportedNanoUsd);
    }

    public static Metered Run(string provider, Operation operation, string mediaType, string answer, Func<int>? cut = null, bool withholds = false) =>
        Run(provider, operation, mediaType, Encoding.UTF8.GetBytes(answer), cut, withholds);

    /// <summary>A reading as one line: <c>gpt-5-nano: Input 15, Output 78</c>.</summary>
    public static string Told(Reading reading)
    {
        var parts = reading.Parts.Select(part => (part.Model is null ? "" : part.Model + ": ")
            + string.Join(", ", Enum.GetValues<UsageClass>().Where(kind => part[kind] != 0).Select(kind => $"{kind} {part[kind]}")));
        var extras = new[] { reading.Tier, reading.Speed, reading.Region }.Where(one => one is not null);
        return $"{reading.Model ?? "-"} [{string.Join(' ', extras)}] {string.Join(" + ", parts)}".TrimEnd();
    }
}
