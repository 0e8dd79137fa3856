using KeyPass.Server.Grants;
using KeyPass.Server.Http;
using KeyPass.Server.Pricing;
using KeyPass.Server.Providers;

namespace KeyPass.Server.Gateway;

/// <summary>The second step of a call: whether it may be made at all, and by which of the caller's provider keys.</summary>
internal static class KeyChoice
{
    public const string Sandbox = SandboxHandler.Provider;

    /// <param name="named">The provider that the address names; null where it leaves the choice to us.</param>
    public static (GrantKey? Chosen, RefusalResult? Refusal) Choose(
        LiveGrant grant, CallAddress address, Func<GrantKey, bool> named, IReadOnlyList<string> models, PriceBook book, DateTimeOffset now)
    {
        if (!grant.Scope.AllowsRoute(address.RouteName))
            return (null, Refusals.RouteNotAllowed.Because($"This key makes no calls of the kind '{address.RouteName}': its owner can allow them."));
        foreach (var model in models)
        {
            if (!grant.Scope.AllowsModel(model))
                return (null, Refusals.ModelNotAllowed.Because($"This key may not use the model '{Shown(model)}': its owner can allow it.", "model"));
        }
        GrantKey? first = null;
        foreach (var held in grant.Keys)
        {
            if (!named(held) || ProviderSurface.BaseOf(held.Provider, address.Surface) is null
                || !grant.Scope.AllowsProvider(ProviderCatalog.NameOf(held.Provider)))
                continue;
            if (grant.Limits.IsTest && held.Provider != Sandbox)
                continue;
            // Of several that speak the caller's language, the one whose vendor has the model; of those, and else, the first in the owner's order.
            if (models.Count > 0 && book.Find(held.Provider, models[0], now) is not null)
                return (held, null);
            first ??= held;
        }
        return first is null ? (null, NoKey(grant, address)) : (first, null);
    }

    private static RefusalResult NoKey(LiveGrant grant, CallAddress address) => grant.Limits.IsTest
        ? Refusals.RouteNotAllowed.Because(
            "This credential is of test mode and reaches the sandbox only. Name the provider 'sandbox' where you name one, and a model like 'sandbox-ok'; if "
                + "you do, the sandbox does not speak at this address, or the credential's scope leaves it out.")
        : Refusals.RouteNotAllowed.Because(
            $"This key holds no provider key that this address can use ({address.Surface} calls to the provider it names): its owner can add one.");

    private static string Shown(string model) => model.Length <= 100 ? model : model[..100] + "…";
}
