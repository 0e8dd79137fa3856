using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Conformance;

/// <summary>What the page of virtual keys gives people to copy, run as they would run it.</summary>
internal sealed record Snippet(string Value, string Text)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task<IReadOnlyList<Snippet>> AllAsync(string server)
    {
        var shown = await RunAsync("node", ["tests/Conformance/node/snippets.mjs", server], null);
        return JsonSerializer.Deserialize<List<Snippet>>(shown, JsonSerializerOptions.Web)!;
    }

    /// <summary>What it prints.</summary>
    public async Task<string> RunAsync(string virtualKey)
    {
        if (Value == "curl")
            return await RunAsync("sh", ["-c", Text.Replace("curl ", "curl --silent --show-error ", StringComparison.Ordinal)], virtualKey);
        if (Value == "fetch" || Value.EndsWith("-typescript", StringComparison.Ordinal))
            return await RunAsync("node", ["--input-type=module", "--eval", Text], virtualKey);
        Assert.EndsWith("-dotnet", Value, StringComparison.Ordinal);
        return await RunAsync("dotnet", [await CompileAsync(Text)], virtualKey);
    }

    /// <summary>By the compiler of the SDK that builds this, with what a new console project imports by itself.</summary>
    private static async Task<string> CompileAsync(string text)
    {
        var (runtime, folder) = (RuntimeEnvironment.GetRuntimeDirectory(), Artifacts.NewFolder("snippet"));
        var sdks = Path.Combine(runtime, "../../../sdk");
        var compiler = Directory.GetFiles(sdks, "csc.dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        // The package and what it brings: the program must find them beside itself.
        var brought = Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(path => Path.GetFileName(path) is "OpenAI.dll" or "System.ClientModel.dll" or "System.Memory.Data.dll").ToList();
        foreach (var path in brought)
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        var (source, imports, program) = (Path.Combine(folder, "Program.cs"), Path.Combine(folder, "Imports.cs"), Path.Combine(folder, "Snippet.dll"));
        await File.WriteAllTextAsync(source, text);
        await File.WriteAllTextAsync(imports, "global using System; global using System.Linq; global using System.Threading.Tasks;");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "KeyPass.Conformance.runtimeconfig.json"), Path.Combine(folder, "Snippet.runtimeconfig.json"));
        var references = Directory.GetFiles(runtime, "*.dll").Concat(brought).Select(path => "-r:" + path);
        await RunAsync("dotnet", [compiler, "-nologo", "-nullable:enable", "-out:" + program, .. references, source, imports], null);
        return program;
    }

    /// <summary>From the repository, where the SDKs for JavaScript are; the environment has nothing for an SDK but what the snippet names.</summary>
    private static async Task<string> RunAsync(string file, IReadOnlyList<string> words, string? virtualKey)
    {
        var start = new ProcessStartInfo(file, words)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Artifacts.RepositoryRoot,
        };
        foreach (var name in start.Environment.Keys.Where(name => name is not "PATH" and not "HOME" and not "DOTNET_ROOT").ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        if (virtualKey is not null)
            start.Environment["KEYPASS_KEY"] = virtualKey;
        using var process = Process.Start(start)!;
        try
        {
            var (printed, complained) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Patience);
            Assert.True(process.ExitCode == 0, $"{file}: {await complained}{await printed}");
            return await printed;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
