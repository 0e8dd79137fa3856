using System.Diagnostics;

namespace KeyPass.Server.Persistence;

/// <summary>Runs a short-lived program of PostgreSQL's, as another user when the server itself is root.</summary>
internal static class Command
{
    internal sealed record Outcome(int ExitCode, string Output)
    {
        public bool Succeeded => ExitCode == 0;

        /// <summary>The last thing the program said: the line that tells why.</summary>
        public string LastLine => Output.TrimEnd().Split('\n')[^1].Trim();
    }

    public static async Task<Outcome> RunAsync(string program, IReadOnlyList<string> arguments, PosixUser? asUser, TimeSpan limit)
    {
        var start = new ProcessStartInfo
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // A dropped user may not be able to enter the folder the server was started in.
            WorkingDirectory = "/",
        };
        foreach (var word in asUser is null ? [program, .. arguments] : AsUser(asUser, program, arguments))
        {
            if (start.FileName.Length == 0)
                start.FileName = word;
            else
                start.ArgumentList.Add(word);
        }
        start.Environment["LC_ALL"] = "C";
        // Settings meant for another PostgreSQL on this machine (PGDATA, PGPORT, PGHOST…) must not reach ours.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);

        using var process = Process.Start(start) ?? throw new StartFailure($"{program} could not be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            // The process, not its pipes: a server that pg_ctl leaves behind may hold them open.
            await WaitForExitOnlyAsync(process, timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return new Outcome(-1, $"{program} did not finish within {limit.TotalSeconds:0} s");
        }
        var drained = Task.WhenAll(output, errors);
        await Task.WhenAny(drained, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        return new Outcome(process.ExitCode, drained.IsCompletedSuccessfully ? string.Concat(await drained) : "");
    }

    /// <summary>
    /// Asked of a shell, inside: starting a program there proves nothing, because setpriv still has root's rights while it does.
    /// </summary>
    public static async Task<bool> CanEnterAsync(PosixUser user, string folder) =>
        (await RunAsync("/bin/sh", ["-c", "cd \"$1\"", "enter", folder], user, TimeSpan.FromSeconds(5))).Succeeded;

    private static async Task WaitForExitOnlyAsync(Process process, CancellationToken cancel)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => exited.TrySetResult();
        if (process.HasExited)
            return;
        await exited.Task.WaitAsync(cancel);
    }

    private static IEnumerable<string> AsUser(PosixUser user, string program, IReadOnlyList<string> arguments)
    {
        // setpriv (util-linux) changes user without opening a login session; busybox systems have su instead.
        var setpriv = new[] { "/usr/bin/setpriv", "/bin/setpriv" }.FirstOrDefault(File.Exists);
        return setpriv is not null
            ? [setpriv, $"--reuid={user.UserId}", $"--regid={user.GroupId}", "--clear-groups", "--", program, .. arguments]
            : ["su", "-s", "/bin/sh", user.Name, "-c", string.Join(' ', arguments.Prepend(program).Select(Quote))];
    }

    private static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
