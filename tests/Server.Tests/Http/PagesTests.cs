using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
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
    [InlineData("/docs")]
    [InlineData("/docs/refusals")]
    [InlineData("/no/such/page")]
    public async Task A_page_takes_scripts_from_its_own_files_and_starts_workers_by_the_vaults_policy_only(string path)
    {
        var policy = await PolicyAsync(path);

        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'; trusted-types keypass-workers", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_script_and_the_packages_of_this_version_are_handed_out_to_pages_and_programs_of_others()
    {
        var list = await _server.Client.GetFromJsonAsync<JsonElement>("/sdk/");
        var (script, packages) = (list.GetProperty("script"), list.GetProperty("packages").EnumerateArray().ToList());

        var source = await _server.Client.GetByteArrayAsync("/sdk/" + script.GetProperty("file").GetString());
        Assert.Equal("sha384-" + Convert.ToBase64String(SHA384.HashData(source)), script.GetProperty("integrity").GetString());
        Assert.Equal(["@keypass/link-sdk", "@keypass/node-sdk", "KeyPass.Sdk"], packages.Select(package => package.GetProperty("name").GetString()));
        foreach (var file in packages.Select(package => package.GetProperty("file").GetString()).Append(script.GetProperty("file").GetString()))
        {
            using var response = await _server.Client.GetAsync("/sdk/" + file);
            Assert.True(response.IsSuccessStatusCode, file);
            Assert.Equal(["*"], response.Headers.GetValues("Access-Control-Allow-Origin"));
            Assert.Equal(["cross-origin"], response.Headers.GetValues("Cross-Origin-Resource-Policy"));
        }
        using var unknown = await _server.Client.GetAsync("/sdk/link-sdk-0.0.0.js");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
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
