using System.Globalization;
using System.Text;

namespace KeyPass.Bench.Gateway;

/// <summary>What a run found, as the page that is committed.</summary>
/// <param name="shareOfOthers">Of the machine's processor time, from 0 to 1.</param>
internal sealed class ResultsPage(Slices slices, Contenders contenders, int rounds, double shareOfOthers)
{
    /// <summary>Above it, times say more about the neighbours than about us; ratios of one round still hold.</summary>
    private const double Quiet = 0.03;

    private readonly StringBuilder _text = new();

    public override string ToString()
    {
        _text.Clear();
        WriteHead();
        WriteGoals();
        WriteCpu();
        WriteTimes();
        WriteMemory();
        WriteTail();
        return _text.ToString();
    }

    private void WriteHead()
    {
        Line($"# What a forwarded call costs");
        Line($"");
        Line($"Written by `bench/run` ({rounds} rounds) on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}. {Machine.Description}.");
        Line($"Others used {shareOfOthers * 100:0.0} % of the machine's processor time meanwhile.");
        if (shareOfOthers > Quiet)
            Line($"**That is a shared machine: the ratios are indications, the times are not to be quoted.**");
        foreach (var absent in contenders.Absent)
            Line($"Not measured: {absent}.");
        Line($"");
    }

    private void WriteGoals()
    {
        Line($"## Against the goals");
        Line($"");
        Line($"| Goal | Measured | Met |");
        Line($"|---|---|---|");
        var (json, burst, paced) = (Scenario.Json, Scenario.Burst, Scenario.Paced);
        Goal("JSON: at most 1.5 × a bare forwarder's processor time", slices.Ratio(json, Contenders.KeyPass, Contenders.Bare), 1.5);
        Goal("stream at once: the same", slices.Ratio(burst, Contenders.KeyPass, Contenders.Bare), 1.5);
        Goal("64 paced streams: the same", slices.Ratio(paced, Contenders.KeyPass, Contenders.Bare), 1.5);
        Goal("JSON: at most 1/15 of the Portkey gateway's", slices.Ratio(json, Contenders.KeyPass, Contenders.Portkey), 1.0 / 15);
        Goal("64 paced streams: at most 1/3 of the Portkey gateway's", slices.Ratio(paced, Contenders.KeyPass, Contenders.Portkey), 1.0 / 3);
        var added = slices.Pairs(paced, Contenders.KeyPass, contenders.Direct.Name, (one, direct) => FirstByte(one, 50) - FirstByte(direct, 50));
        Goal("64 paced streams: first chunk at most 0.5 ms later, median", added, 0.5);
        if (contenders.All.Any(one => one.Name == Contenders.Before))
            WriteBefore();
        var memory = slices.MostMemory(Contenders.KeyPass);
        Goal("at most 160 MB resident under load", (memory, memory, memory), 160);
        foreach (var scenario in new[] { json, burst, paced })
            Goal($"{scenario.Name}: budgets and limits at most 15 % more than none", slices.Ratio(scenario, Contenders.KeyPass, Contenders.Unlimited), 1.15);
        Line($"| memory flat over an hour | not measured here: a run is short | – |");
        Line($"");
        Line($"Medians of the rounds, least and most in brackets; each round holds both sides of a ratio.");
        Line($"");
    }

    /// <summary>No goal: less than it was before is what a change is made for.</summary>
    private void WriteBefore()
    {
        foreach (var scenario in Scenario.All)
            Goal($"{scenario.Name}: no more than before", slices.Ratio(scenario, Contenders.KeyPass, Contenders.Before), 1);
    }

    private void WriteCpu()
    {
        Line($"## Processor time");
        Line($"");
        Line($"Microseconds of the gateway's process for each call, and how many times the bare forwarder's.");
        Line($"");
        Line($"| | {string.Join(" | ", Scenario.All.Select(scenario => scenario.Name))} |");
        Line($"|---|{string.Concat(Scenario.All.Select(_ => "---|"))}");
        foreach (var contender in contenders.All)
            Line($"| {contender.Name} | {string.Join(" | ", Scenario.All.Select(scenario => Cpu(scenario, contender.Name)))} |");
        var database = Scenario.All.Select(scenario => Number(slices.Median(scenario, Contenders.KeyPass, slice => slice.DatabaseCpu), "0"));
        Line($"| KeyPass's PostgreSQL, on another processor | {string.Join(" | ", database)} |");
        Line($"");
    }

    private void WriteTimes()
    {
        Line($"## Time to the first byte of an answer");
        Line($"");
        Line($"Milliseconds, median and 99th of a hundred; the last column is calls a second. Driver and provider share the other processors.");
        Line($"");
        Line($"| | {string.Join(" | ", Scenario.All.Take(4).Select(scenario => scenario.Name))} | {Scenario.Json.Name}, per second |");
        Line($"|---|{string.Concat(Enumerable.Repeat("---|", 5))}");
        foreach (var contender in contenders.All.Append(contenders.Direct))
        {
            var times = Scenario.All.Take(4).Select(scenario =>
                $"{Time(scenario, contender.Name, 50, "0.00")} · {Time(scenario, contender.Name, 99, "0.0")}");
            Line($"| {contender.Name} | {string.Join(" | ", times)} | {Number(slices.Median(Scenario.Json, contender.Name, one => one.PerSecond), "0")} |");
        }
        Line($"");
    }

    private void WriteMemory()
    {
        Line($"## Memory, and answers that were not as expected");
        Line($"");
        Line($"| | most resident, MB | calls | unexpected |");
        Line($"|---|---|---|---|");
        foreach (var contender in contenders.All)
        {
            var all = Scenario.All.SelectMany(scenario => slices.Of(scenario, contender.Name)).ToList();
            var (calls, unexpected) = (all.Sum(one => one.Tally.Done), all.Sum(one => one.Tally.Unexpected));
            Line($"| {contender.Name} | {Number(slices.MostMemory(contender.Name), "0")} | {calls} | {unexpected} |");
        }
        Line($"");
    }

    private void WriteTail()
    {
        Line($"## What is what");
        Line($"");
        Line($"- *Bare Kestrel forwarder*: the same server and client library with nothing between them. nginx: one process, kept connections, no");
        Line($"  buffering. Portkey: its npm package on Node, nothing switched on. KeyPass: as `./run` starts it, with its own PostgreSQL, a virtual");
        Line($"  key over a managed vault, scope, metering, prices, receipts and the request log on; account, provider key and virtual key have a budget,");
        Line($"  the virtual key a cap for an hour and limits of requests, tokens and concurrency. *Nothing limited*: the same process, another account.");
        Line($"- Every gateway runs alone on processor 0, one after the other in each round; the rest runs on the others.");
        Line($"- *Failures among answers*: 500, 429, cut connections and callers that hang up on a stalled stream, among good answers.");
        Line($"- Repeat it with `bench/run`, four times as long with `bench/run --long`. It ends by itself.");
    }

    private void Goal(string what, (double Least, double Median, double Most) measured, double most)
    {
        var met = double.IsNaN(measured.Median) ? "–" : measured.Median <= most ? "yes" : "**no**";
        // Fractions of others are read as such.
        var format = most < 0.4 ? "0.000" : most > 10 ? "0" : "0.00";
        var range = measured.Least < measured.Most ? $" ({Number(measured.Least, format)}–{Number(measured.Most, format)})" : "";
        Line($"| {what} | {Number(measured.Median, format)}{range} | {met} |");
    }

    private string Cpu(Scenario scenario, string contender)
    {
        var cpu = slices.Median(scenario, contender, slice => slice.Cpu);
        return double.IsNaN(cpu) ? "–" : $"{Number(cpu, "0")} · {Number(slices.Ratio(scenario, contender, Contenders.Bare).Median, "0.00")} ×";
    }

    private string Time(Scenario scenario, string contender, double percent, string format) =>
        Number(slices.Median(scenario, contender, one => FirstByte(one, percent)), format);

    private static double FirstByte(Slice slice, double percent) => slice.Tally.FirstByte.Percentile(percent);

    private static string Number(double value, string format) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    private void Line(FormattableString text) => _text.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
