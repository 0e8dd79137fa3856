using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using KeyPass.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace KeyPass.Server.Tests.Http;

/// <summary>What an operator's tools see: probes, metrics, telemetry, and the way a server goes.</summary>
public sealed class OperationTests(TestCluster cluster)
{
    [Fact]
    public async Task Readiness_names_the_version_and_the_database()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, withProbe: false);

        var answer = await server.Client.GetFromJsonAsync<JsonElement>("/readyz");

        Assert.Equal("ready", answer.GetProperty("status").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", answer.GetProperty("version").GetString());
        Assert.StartsWith("PostgreSQL ", answer.GetProperty("database").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_count_requests_by_route_and_keep_free_text_out()
    {
        await using var server = await KeyPassServer.StartAsync(cluster);
        await server.Client.GetAsync("/v1/probe/things/free-text-of-a-client");
        await server.Client.GetAsync("/free-text-of-a-client?secret=free-text-of-a-client");

        var text = await server.Client.GetStringAsync("/metrics");

        Assert.Matches("(?m)^http_server_request_duration_seconds_count\\{.*http_route=\"/v1/probe/things/\\{id\\}\".*\\} [1-9]", text);
        Assert.Matches("(?m)^http_server_request_duration_seconds_bucket\\{.*le=\"\\+Inf\"\\} [1-9]", text);
        Assert.Matches("(?m)^dotnet_process_memory_working_set_bytes [1-9]", text);
        Assert.DoesNotContain("free-text-of-a-client", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches("^(# (HELP|TYPE) "
            + "|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})? -?[0-9.E+-]+$)", line));
    }

    [Fact]
    public async Task Telemetry_goes_to_the_collector_the_operator_names_without_paths_or_queries()
    {
        await using var collector = await FakeCollector.StartAsync();
        // The exporter reads its own variables from the environment, so this server is a process of its own.
        await using var server = await ServerProcess.StartAsync(new() { ConnectionString = await cluster.NewDatabaseAsync() },
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_BSP_SCHEDULE_DELAY", "100"));

        await server.Client.GetAsync("/nowhere?q=free-text-of-a-client");
        await collector.WaitForAsync("/v1/metrics", "http.server.request.duration");
        await collector.WaitForAsync("/v1/traces", "keypass.request_id");

        Assert.DoesNotContain(collector.Bodies, body => body.Text.Contains("free-text-of-a-client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stopping_server_refuses_new_work_lets_streams_end_and_then_stops()
    {
        await using var server = await KeyPassServer.StartAsync(cluster);
        using var stream = await server.Client.GetAsync("/v1/probe/stream?events=8", HttpCompletionOption.ResponseHeadersRead);
        var reading = stream.Content.ReadAsStringAsync();

        var stopping = server.Services.GetRequiredService<Server.Http.Draining>().BeginAsync();
        using var refused = await server.Client.GetAsync("/v1/probe/search?limit=1");
        using var ready = await server.Client.GetAsync("/readyz");
        using var alive = await server.Client.GetAsync("/healthz");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("draining", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.Contains("data: 8", await reading, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task A_stream_that_does_not_end_is_cut_when_the_time_is_up()
    {
        await using var server = await KeyPassServer.StartAsync(cluster, settings: ("KeyPass:StopWithinSeconds", "1"));
        using var stream = await server.Client.GetAsync("/v1/probe/stream?events=100000", HttpCompletionOption.ResponseHeadersRead);
        var reading = stream.Content.ReadAsStringAsync();

        await server.Services.GetRequiredService<Server.Http.Draining>().BeginAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.True(reading.IsFaulted);
    }
}
