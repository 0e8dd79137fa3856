using System.ClientModel;
using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenAI;
using OpenAI.Chat;

namespace KeyPass.Sdk.Tests;

public class RegistrationTests
{
    [Fact]
    public async Task A_program_with_dependency_injection_gets_a_client_that_logs_no_credential()
    {
        await using var server = await Contract.StartAsync();
        var log = new Lines();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddKeyPass(_ => server.Options());
        await using var provider = services.BuildServiceProvider();
        var exchanged = await provider.GetRequiredService<KeyPassClient>().ExchangePublicTokenAsync("kp_pt_1");
        Assert.Equal(Contract.AccessToken, exchanged.AccessToken);
        var said = string.Join('\n', log.Said);
        Assert.Contains("Idempotency-Key", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Basic ", said, StringComparison.Ordinal);
        Assert.DoesNotContain("canary7f3a", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_openai_sdk_works_with_the_endpoint_and_an_access_token()
    {
        await using var server = await Contract.StartAsync();
        server.Always("POST /openai/v1/chat/completions", Replay.Json(200, new
        {
            id = "chatcmpl-1", @object = "chat.completion", created = 1, model = "gpt-4o",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = "Hello." }, finish_reason = "stop" } },
        }));
        var options = new OpenAIClientOptions { Endpoint = server.Client().OpenAIEndpoint };
        var chat = new ChatClient("gpt-4o", new ApiKeyCredential(Contract.AccessToken), options);
        Assert.Equal("Hello.", (await chat.CompleteChatAsync("Say hello.")).Value.Content[0].Text);
        Assert.Equal($"Bearer {Contract.AccessToken}", server.Last.Headers["Authorization"]);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
            // Nothing is held.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue(formatter(state, exception));
    }
}
