using KeyPass.Server.Sealing;

namespace KeyPass.Server.Providers;

/// <summary>For the many whose key is one header, and whose answer is one status.</summary>
internal sealed class HeaderQuestion(HttpMessageInvoker client, string name, Uri address, HeaderSecret header) : KeyQuestion(name)
{
    protected override void Wipe() => header.Dispose();

    protected override async Task<KeyTest> AskAsync(CancellationToken patience)
    {
        using var request = NewRequest(HttpMethod.Get, address);
        Put(request, header.Name, header.Value);
        if (header.Name == "x-api-key")
            request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await client.SendAsync(request, patience);
        return KeyTest.Of(Name, (int)response.StatusCode);
    }
}
