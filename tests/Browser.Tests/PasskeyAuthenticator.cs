using KeyPass.Server.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Playwright;

namespace KeyPass.Browser.Tests;

/// <summary>Chromium's own authenticator, made of software: it answers without a touch, and computes PRF outputs where it is told to.</summary>
internal sealed class PasskeyAuthenticator
{
    private readonly List<byte[]> _outputs = [];

    private PasskeyAuthenticator()
    {
    }

    /// <summary>Every PRF output that the page got, taken where the browser hands it over.</summary>
    public IReadOnlyList<byte[]> Outputs
    {
        get
        {
            lock (_outputs)
                return [.. _outputs];
        }
    }

    /// <summary>Before the page is opened that uses it.</summary>
    public static async Task<PasskeyAuthenticator> PlugInAsync(IPage page, bool withPrf = true)
    {
        var authenticator = new PasskeyAuthenticator();
        var devTools = await page.Context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable");
        await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new
            {
                protocol = "ctap2", ctap2Version = "ctap2_1", transport = "internal", hasResidentKey = true, hasUserVerification = true,
                isUserVerified = true, automaticPresenceSimulation = true, hasPrf = withPrf,
            },
        });
        await page.ExposeFunctionAsync("keepOutput", (string output) =>
        {
            lock (authenticator._outputs)
                authenticator._outputs.Add(Convert.FromBase64String(output));
        });
        await page.AddInitScriptAsync("""
            for (const name of ['get', 'create']) {
                const ask = navigator.credentials[name].bind(navigator.credentials);
                navigator.credentials[name] = async options => {
                    const credential = await ask(options);
                    const output = credential?.getClientExtensionResults().prf?.results?.first;
                    if (output) await keepOutput(btoa(String.fromCharCode(...new Uint8Array(output))));
                    return credential;
                };
            }
            """);
        await page.ReloadAsync();
        return authenticator;
    }

    /// <summary>Passkeys belong to a name, and an address made of numbers is none: this server listens as localhost.</summary>
    public static Task<KeyPassServer> StartServerAsync(TestCluster cluster)
    {
        var address = $"http://localhost:{LocalPort.Free()}";
        return KeyPassServer.StartAsync(cluster, withProbe: false, add: builder => builder.WebHost.UseUrls(address), settings: ("KeyPass:PublicUrl", address));
    }
}
