using System.Diagnostics;
using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Vault;

/// <summary>The two halves of the vault, written in two languages, over the wire between them.</summary>
public sealed class BrowserInteropTests(TestCluster cluster)
{
    [Fact]
    public async Task What_the_browsers_own_code_seals_is_kept_and_opens_in_another_browser()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);
        var start = new ProcessStartInfo("npx", ["vitest", "run", "tests/interop/server.test.ts"])
        {
            WorkingDirectory = Path.Combine(Artifacts.RepositoryRoot, "src", "VaultClient"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KEYPASS_TEST_SERVER"] = server.Address.ToString().TrimEnd('/');

        using var vitest = Process.Start(start)!;
        var output = await vitest.StandardOutput.ReadToEndAsync() + await vitest.StandardError.ReadToEndAsync();
        await vitest.WaitForExitAsync();

        Assert.True(vitest.ExitCode == 0, output);
        Assert.Contains("1 passed", output, StringComparison.Ordinal);
    }
}
