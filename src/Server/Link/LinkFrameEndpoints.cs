using System.Buffers.Text;
using KeyPass.Server.Apps;
using KeyPass.Server.Http;

namespace KeyPass.Server.Link;

/// <summary>The page in the frame that an app's page shows. Its address names the session; who may frame it follows from that.</summary>
internal static class LinkFrameEndpoints
{
    private const string Page = "link-shell.html";

    public static void MapLinkFrame(this WebApplication app) => app.MapMethods("/link/shell/{hash}", ["GET", "HEAD"], SendAsync)
        .ExcludeFromDescription().OpenToAnyone().LoggedQuietly();

    private static async Task SendAsync(string hash, HttpContext http, LinkStore store, AppStore apps)
    {
        var beginning = Base64Url.IsValid(hash) ? Base64Url.DecodeFromChars(hash) : [];
        if (beginning.Length != LinkStore.AddressBytes || await store.FindByAddressAsync(beginning, http.RequestAborted) is not { } session)
        {
            await Refusals.NotFound.Because("There is no such link session.").ExecuteAsync(http);
            return;
        }
        var app = await apps.GetAsync(session.AppId, http.RequestAborted);
        await PagesEndpoints.SendFramedAsync(http, Page, app.Origins);
    }
}
