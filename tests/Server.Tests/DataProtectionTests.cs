using System.Net;
using System.Net.Http.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests;

/// <summary>The ring's are the only secrets a server has (docs/decisions/0009): the framework's own are never made.</summary>
public sealed class DataProtectionTests(TestCluster cluster)
{
    private const string Namespace = "Microsoft.AspNetCore.DataProtection";

    [Fact]
    public async Task Nothing_registers_the_frameworks_own_keys()
    {
        IServiceCollection? registered = null;
        await using var server = await KeyPassServer.StartAsync(cluster, add: builder => registered = builder.Services);

        Assert.Empty(Registrations(registered!));
    }

    [Fact]
    public void A_registration_of_them_is_seen() => Assert.NotEmpty(Registrations(new ServiceCollection().AddDataProtection().Services));

    [Fact]
    public async Task A_server_that_hands_out_a_cookie_writes_no_key_file()
    {
        var home = Artifacts.NewFolder("home");
        await using var server = await ServerProcess.StartAsync(new() { ConnectionString = await cluster.NewDatabaseAsync() }, ("HOME", home));
        var ana = new TestAccount("ana");
        await ana.RegisterAsync(server.Client);

        using var answer = await server.Client.PostAsJsonAsync("/v1/auth/login", new { email = ana.Email, authHash = ana.AuthHash, session = "cookie" });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.Contains("Set-Cookie"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(home));
        Assert.DoesNotContain("DataProtection", server.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<ServiceDescriptor> Registrations(IServiceCollection services) =>
        services.Where(one => one.ServiceType.FullName!.StartsWith(Namespace, StringComparison.Ordinal));
}
