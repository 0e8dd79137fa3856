using System.Text.Json;
using KeyPass.Server.Budgets;
using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Persistence;

namespace KeyPass.Server.VirtualKeys;

/// <summary>How fast a key may call and spend; a member that is not given limits nothing.</summary>
internal sealed record RateLimitsWire(int? RequestsPerMinute = null, int? TokensPerMinute = null, int? Concurrent = null, long? CentsPerHour = null);

/// <summary>What a body says of a virtual key's limits: those it does not name stay as they are.</summary>
internal sealed class VirtualKeyLimits
{
    private const int MostAMinute = 1_000_000_000;
    private const int MostConcurrent = 100_000;

    private bool _namesBudget;
    private bool _namesRates;
    private BudgetWish? _budget;
    private BudgetWish? _velocity;
    private RateLimitsWire _rates = new();

    /// <summary>Of a new key: what is not given limits nothing.</summary>
    public static VirtualKeyLimits Read(FieldCheck check, BudgetWire? budget, RateLimitsWire? rates)
    {
        var limits = new VirtualKeyLimits { _namesBudget = budget is not null, _budget = budget is null ? null : BudgetForm.Read(check, "budget", budget) };
        limits.ReadRates(check, rates);
        return limits;
    }

    /// <summary>Of a change: null takes a limit away.</summary>
    public static VirtualKeyLimits Read(FieldCheck check, JsonElement budget, JsonElement rates)
    {
        var limits = new VirtualKeyLimits();
        (limits._namesBudget, limits._budget) = BudgetForm.Read(check, "budget", budget);
        if (rates.ValueKind == JsonValueKind.Undefined)
            return limits;
        try
        {
            limits.ReadRates(
                check, rates.ValueKind == JsonValueKind.Null ? new RateLimitsWire() : rates.Deserialize<RateLimitsWire>(JsonSerializerOptions.Web));
        }
        catch (JsonException broken)
        {
            var field = "rateLimits" + broken.Path?.TrimStart('$');
            check.Require(false, field, $"'{field}' takes whole numbers, or null.");
        }
        return limits;
    }

    public static RateLimitsWire Show(ScopeStore.ScopeRow scope, IEnumerable<BudgetState> budgets) => new(
        scope.RequestsPerMinute, scope.TokensPerMinute, scope.Concurrent,
        budgets.FirstOrDefault(state => state.Budget.Kind == BudgetKind.Velocity)?.Budget.LimitNanoUsd / Budget.NanoUsdPerCent);

    public static BudgetItem? ShowBudget(IEnumerable<BudgetState> budgets) =>
        budgets.FirstOrDefault(state => state.Budget.Kind == BudgetKind.Spend) is { } spend ? BudgetForm.Show(spend) : null;

    /// <summary>Joins the change's transaction.</summary>
    public async Task ApplyAsync(KeyPassDb context, Guid accountId, ScopeStore.ScopeRow scope, DateTimeOffset now, CancellationToken cancel)
    {
        if (_namesRates)
            (scope.RequestsPerMinute, scope.TokensPerMinute, scope.Concurrent) = (_rates.RequestsPerMinute, _rates.TokensPerMinute, _rates.Concurrent);
        if (_namesBudget)
            await BudgetStore.SetAsync(context, accountId, BudgetOwner.VirtualKey, scope.GrantId, BudgetKind.Spend, _budget, now, cancel);
        if (_namesRates)
            await BudgetStore.SetAsync(context, accountId, BudgetOwner.VirtualKey, scope.GrantId, BudgetKind.Velocity, _velocity, now, cancel);
    }

    private void ReadRates(FieldCheck check, RateLimitsWire? rates)
    {
        if (rates is null)
            return;
        (_namesRates, _rates) = (true, rates);
        Check("requestsPerMinute", rates.RequestsPerMinute, MostAMinute);
        Check("tokensPerMinute", rates.TokensPerMinute, MostAMinute);
        Check("concurrent", rates.Concurrent, MostConcurrent);
        _velocity = BudgetForm.ReadVelocity(check, "rateLimits.centsPerHour", rates.CentsPerHour);

        void Check(string name, int? number, int most) => check.Require(
            number is null || (number >= 1 && number <= most), "rateLimits." + name, $"'rateLimits.{name}' takes 1 to {most}, or null for no limit.");
    }
}
