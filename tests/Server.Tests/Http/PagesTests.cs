using KeyPass.Server.Tests.Support;

namespace KeyPass.Server.Tests.Http;

/// <summary>What the built pages may do, by the policy on each of their files.</summary>
public sealed class PagesTests(TestCluster cluster) : IAsyncLifetime
{
    private KeyPassServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await KeyPassServer.StartAsync(cluster, withProbe: false);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_file_that_hashes_passwords_may_compile_WebAssembly_and_nothing_else_may()
    {
        var allowed = new List<string>();
        foreach (var path in BuiltFiles().Append("/").Append("/keys").Append("/no/such/page").Append("/v1/providers"))
        {
            if ((await PolicyAsync(path)).Contains("wasm", StringComparison.Ordinal))
                allowed.Add(path);
        }

        Assert.StartsWith("/assets/argon.worker-", Assert.Single(allowed), StringComparison.Ordinal);
        Assert.DoesNotContain("'unsafe-eval'", await PolicyAsync(allowed[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worker_that_holds_the_vault_may_load_and_reach_nothing()
    {
        var worker = Assert.Single(BuiltFiles(), path => path.StartsWith("/assets/vault.worker-", StringComparison.Ordinal));

        Assert.StartsWith("default-src 'none'; frame-ancestors", await PolicyAsync(worker), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/keys")]
    [InlineData("/no/such/page")]
    public async Task A_page_takes_scripts_from_its_own_files_and_starts_workers_by_the_vaults_policy_only(string path)
    {
        var policy = await PolicyAsync(path);

        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'; trusted-types keypass-workers", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> BuiltFiles()
    {
        var root = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        return [.. Directory.EnumerateFiles(Path.Combine(root, "assets")).Select(file => "/" + Path.GetRelativePath(root, file).Replace('\\', '/'))];
    }

    private async Task<string> PolicyAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", path.StartsWith("/v1", StringComparison.Ordinal) ? "application/json" : "text/html,*/*");
        using var response = await _server.Client.SendAsync(request);
        return Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
    }
}
