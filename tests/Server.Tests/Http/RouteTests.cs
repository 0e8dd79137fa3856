using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace KeyPass.Server.Tests.Http;

/// <summary>What the world sees, as files in api/ that a change must touch on purpose.</summary>
public sealed class RouteTests(TestCluster cluster)
{
    [Fact]
    public async Task The_routes_and_their_credentials_are_those_written_in_api_routes_txt()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);

        var routes = "# Every route and what it takes. Written by a test: UPDATE_SNAPSHOTS=1 ./test\n"
            + string.Concat(server.Routes().Select(route => route.ToString() + "\n"));
        Snapshot.Compare("api/routes.txt", routes);
    }

    [Fact]
    public async Task The_API_description_is_the_one_written_in_api_openapi_json()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);

        var document = await server.Client.GetStringAsync("/openapi.json");
        Snapshot.Compare("api/openapi.json", document.ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public async Task Every_described_operation_has_a_name_a_summary_and_says_who_may_call_it()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi.json"), new() { AllowDuplicateProperties = false });
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                foreach (var member in new[] { "operationId", "summary", "x-keypass-auth", "tags" })
                    Assert.True(operation.Value.TryGetProperty(member, out _), $"{operation.Name} {path.Name} lacks {member}");
            }
        }
    }

    [Fact]
    public async Task Every_route_states_who_may_call_it()
    {
        await using var server = await KeyPassServer.StartAsync(cluster);

        Assert.Empty(Unstated(server));
    }

    [Fact]
    public async Task A_route_that_states_nothing_is_found_and_is_closed()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, map: app => app.MapGet("/v1/probe/forgotten", () => "open"));

        Assert.Equal("/v1/probe/forgotten", Assert.Single(Unstated(server)).Pattern);
        using var client = await server.AsAsync("ana");
        using var response = await client.GetAsync("/v1/probe/forgotten");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private static IEnumerable<Route> Unstated(KeyPassServer server) => server.Routes().Where(route => route.Auth is null);
}
