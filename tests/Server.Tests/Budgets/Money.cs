using System.Text.Json;
using KeyPass.Server.Tests.Gateway;

namespace KeyPass.Server.Tests.Budgets;

/// <summary>How a virtual key's budget stands, as its owner sees it.</summary>
internal static class Money
{
    public const long Cent = 10_000_000;

    public static async Task<JsonElement> OfAsync(GatewayRun run)
    {
        using var answer = await run.Ana.GetAsync($"/v1/virtual-keys/{run.Key.GrantId:N}");
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("data").GetProperty("budget").Clone();
    }

    /// <summary>Servers hear of a changed limit a moment after its owner was told that it holds.</summary>
    public static async Task<HttpResponseMessage> UntilServedAsync(GatewayRun run, string ask)
    {
        for (var left = 100; ; left--)
        {
            var answer = await run.PostAsync("/v1/chat/completions", ask);
            if (answer.IsSuccessStatusCode)
                return answer;
            Assert.True(left > 0, await answer.Content.ReadAsStringAsync());
            answer.Dispose();
            await Task.Delay(50);
        }
    }

    /// <summary>Until exactly this is spent and nothing is held: what servers lease ahead goes back after a few seconds.</summary>
    public static async Task SettlesAsync(GatewayRun run, long spent)
    {
        for (var left = 300; ; left--)
        {
            var budget = await OfAsync(run);
            if (budget.GetProperty("spentNanoUsd").GetInt64() == spent && budget.GetProperty("reservedNanoUsd").GetInt64() == 0)
                return;
            Assert.True(left > 0, $"{budget} should have spent {spent} and hold nothing");
            await Task.Delay(100);
        }
    }
}
