using System.Text.Json;
using KeyPass.Server.Pricing;
using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>A provider that always counts as much as it can: each byte of the question a token, and every token of output that it may make.</summary>
internal sealed class ChargingProvider
{
    private const string Model = "gpt-4o-mini";

    private const string Tier = "\"service_tier\":\"default\",";

    private static readonly Rates Prices = PriceBook.Catalogue.Find("openai", Model, DateTimeOffset.UnixEpoch.AddYears(56))!.Rates;

    private long _charged;

    /// <param name="during">While it answers.</param>
    public ChargingProvider(FakeProvider provider, Func<HttpContext, Task>? during = null) => provider.Answer = async context =>
    {
        var body = ((FakeProvider.Asked)context.Items[typeof(FakeProvider.Asked)]!).Body;
        var (input, output) = (body.Length, JsonDocument.Parse(body).RootElement.GetProperty("max_tokens").GetInt64());
        // From here on it means to be paid, whatever becomes of the answer.
        Interlocked.Add(ref _charged, CostOf(input, output));
        await (during?.Invoke(context) ?? Task.CompletedTask);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"{{Model}}","choices":[{"index":0,"message":{"role":"assistant",
            "content":"Hello."},"finish_reason":"length"}],
            "usage":{"prompt_tokens":{{input}},"completion_tokens":{{output}},"total_tokens":{{input + output}}} }
            """);
    };

    /// <summary>What it would write on the bill, in nano-USD.</summary>
    public long Charged => Interlocked.Read(ref _charged);

    /// <param name="namesTier">Then its bound is at the price at which it is charged, and else at the dearest one that it may be served at.</param>
    public static string Ask(long maxTokens, bool namesTier = true) =>
        $$"""{"model":"{{Model}}",{{(namesTier ? Tier : "")}}"max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"Say hello."}]}""";

    private static long CostOf(long input, long output) =>
        Cost.Of(input, Prices.Of(UsageClass.Input)!.Value, PriceFactors.Whole) + Cost.Of(output, Prices.Of(UsageClass.Output)!.Value, PriceFactors.Whole);
}
