using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using KeyPass.Server.Tests.Gateway;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Http;

/// <summary>Thousands of connections that do nothing, or almost nothing, to a server of its own process.</summary>
public sealed class IdleConnectionsTests(TestCluster cluster)
{
    private const int BytesEach = 24 * 1024;
    private const int Noise = 64 * 1024 * 1024;

    private const string Head = "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n";

    [Fact]
    public async Task Thousands_that_say_nothing_keep_nobody_from_calling_take_little_memory_and_are_closed()
    {
        var many = Rounds.Of(2_000, inLongRuns: 10_000);
        var room = DescriptorsOfEachProcess();
        Assert.SkipUnless(room > many + 2_000, $"a process may hold {room} descriptors here: the proof needs {many} connections and room beside them");
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        await using var server = await ServerProcess.StartAsync(
            new() { ConnectionString = run.Server.Database.Source.ConnectionString },
            ("KeyPass__RingFile", run.Server.RingFile), ("KeyPass__Providers__openai__Origin", run.Provider.Address));
        using var client = server.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", run.Key.Text);
        await CallAsync(client, 50); // until everything that a call needs is there
        var (alone, before) = (await CallAsync(client, 100), ResidentBytes(server.Pid));

        var begun = $"{Head}Authorization: Bearer {run.Key.Text}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{{\"model\":";
        var (silent, heads, bodies) = (
            await OpenAsync(client, many / 2, ""), await OpenAsync(client, many / 4, Head + "X-Slow: "), await OpenAsync(client, many / 4, begun));
        var among = await CallAsync(client, 100);
        var more = ResidentBytes(server.Pid) - before;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{many} idle: slowest call {alone.TotalMilliseconds:F0} ms before, {among.TotalMilliseconds:F0} ms now; {more / 1024.0 / many:F1} KB each"));

        Assert.InRange(more, long.MinValue, Noise + (long)many * BytesEach);
        // The rate of a body is looked at after ten seconds, the head has twenty; only a long run waits for the rest, who may keep still for two minutes.
        Assert.All(await EndsAsync(bodies), end => Assert.StartsWith("HTTP/1.1 408", end, StringComparison.Ordinal));
        if (many == 10_000)
        {
            Assert.All(await EndsAsync(heads), end => Assert.StartsWith("HTTP/1.1 408", end, StringComparison.Ordinal));
            Assert.All(await EndsAsync(silent), end => Assert.Equal("", end));
        }
        await CallAsync(client, 10);
        foreach (var one in silent.Concat(heads).Concat(bodies))
            one.Dispose();
    }

    /// <summary>Every call is answered. The slowest is for who reads the output: no test asserts a time.</summary>
    private static async Task<TimeSpan> CallAsync(HttpClient client, int count)
    {
        var times = new List<TimeSpan>(count);
        for (var call = 0; call < count; call++)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", Calls.Ask);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await answer.Content.ReadAsByteArrayAsync();
            times.Add(Stopwatch.GetElapsedTime(start));
        }
        return times.Max();
    }

    private static async Task<List<Socket>> OpenAsync(HttpClient client, int count, string begins)
    {
        var sockets = new List<Socket>(count);
        for (var number = 0; number < count; number++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            await socket.ConnectAsync(client.BaseAddress!.Host, client.BaseAddress.Port);
            if (begins.Length > 0)
                await socket.SendAsync(Encoding.ASCII.GetBytes(begins));
        }
        return sockets;
    }

    /// <summary>What the server says to each before it closes.</summary>
    private static async Task<IReadOnlyList<string>> EndsAsync(List<Socket> sockets) => await Task.WhenAll(sockets.Select(async socket =>
    {
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(3));
    }));

    private static long ResidentBytes(int pid) => Number(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"), "VmRSS:", 1) * 1024;

    /// <summary>The hard limit: the runtime raises the soft one to it.</summary>
    private static long DescriptorsOfEachProcess() => Number("/proc/self/limits", "Max open files", 4);

    private static long Number(string file, string begins, int word)
    {
        var line = File.ReadLines(file).Single(line => line.StartsWith(begins, StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[word], CultureInfo.InvariantCulture);
    }
}
