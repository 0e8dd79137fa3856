using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KeyPass.Server.Persistence;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Gateway;

/// <summary>What of a provider key is left in the memory of a server that has used it.</summary>
public sealed class GatewayMemoryTests(TestCluster cluster)
{
    private const int Callers = 8;

    [Fact]
    public async Task After_hundreds_of_calls_the_key_is_left_in_no_string_and_of_bytes_a_few_times_for_each_connection_and_not_for_each_call()
    {
        Assert.SkipUnless(Posix.IsRoot, "only root can read the memory of another process");
        await using var run = await GatewayRun.StartAsync(cluster);
        run.Answers(Calls.Said);
        await using var server = await ServerProcess.StartAsync(new() { ConnectionString = run.Server.Database.Source.ConnectionString },
            // The collector comes often: what nobody holds any more is then overwritten by what comes next.
            ("DOTNET_GCgen0size", "400000"), ("KeyPass__RingFile", run.Server.RingFile), ("KeyPass__Providers__openai__Origin", run.Provider.Address));

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            using var client = server.NewClient();
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", run.Key.Text);
            for (var call = 0; call < 50; call++)
            {
                using var answer = await GatewayRun.SendAsync(client, "/v1/chat/completions", Calls.Ask);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                await answer.Content.ReadAsByteArrayAsync();
            }
        }));

        var secret = run.Held.Text;
        var asStrings = Count(server.Pid, Encoding.Unicode.GetBytes(secret));
        var asBytes = Count(server.Pid, Encoding.ASCII.GetBytes(secret));
        // The control: a word of the question, which nobody overwrites.
        Assert.True(Count(server.Pid, Encoding.ASCII.GetBytes(Calls.Ask)) > 0, "nothing was found that must be there");
        Assert.Equal(0, asStrings);
        // What the HTTP client writes to a connection it keeps until the next call, and where it outgrew or was moved, once more until it is overwritten.
        Assert.InRange(asBytes, 0, 4 * Callers);
    }

    /// <summary>How often these bytes are in the writable memory of a process.</summary>
    private static int Count(int pid, byte[] wanted)
    {
        using var memory = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/mem"));
        var count = 0;
        var piece = new byte[1 << 20];
        foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/maps")))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!fields[1].StartsWith("rw", StringComparison.Ordinal))
                continue;
            var (first, last) = (AddressOf(fields[0].Split('-')[0]), AddressOf(fields[0].Split('-')[1]));
            // Pieces overlap by less than what is looked for, so that nothing is counted twice or falls between two.
            for (var at = first; at < last; at += piece.Length - wanted.Length + 1)
            {
                int read;
                try
                {
                    read = RandomAccess.Read(memory, piece.AsSpan(0, (int)Math.Min(piece.Length, last - at)), at);
                }
                catch (IOException)
                {
                    break; // not there any more
                }
                for (var rest = piece.AsSpan(0, read); rest.IndexOf(wanted) is >= 0 and var found; rest = rest[(found + 1)..])
                    count++;
                if (read < piece.Length)
                    break;
            }
        }
        return count;
    }

    private static long AddressOf(string hex) => long.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
