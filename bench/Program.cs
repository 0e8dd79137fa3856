using System.Globalization;
using KeyPass.Bench;
using KeyPass.Bench.Gateway;
using KeyPass.Bench.Pages;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
// The last two are the gateway's neighbours, each a process of its own.
return args switch
{
    [] => SealingBench.Run(),
    ["scale"] => ScaleSimulation.Run(),
    ["holds", var folder] => await HoldBench.RunAsync(folder, stop.Token),
    ["gateway", var root, var rounds, .. var before] =>
        await GatewayBench.RunAsync(root, int.Parse(rounds, CultureInfo.InvariantCulture), before is [var checkout] ? checkout : null, stop.Token),
    ["pages", var root] => await PagesBench.RunAsync(root, stop.Token),
    ["upstream", var port] => await Upstream.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), stop.Token),
    ["forwarder", var port, var upstream] => await BareForwarder.RunAsync(int.Parse(port, CultureInfo.InvariantCulture), new Uri(upstream), stop.Token),
    _ => throw new ArgumentException("see bench/README.md"),
};
