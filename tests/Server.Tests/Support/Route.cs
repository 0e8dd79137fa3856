using KeyPass.Server.Http;
using Microsoft.AspNetCore.Routing;

namespace KeyPass.Server.Tests.Support;

internal sealed record Route(string Method, string Pattern, RouteAuth? Auth)
{
    public bool HasParameters => Pattern.Contains('{', StringComparison.Ordinal);

    public static IEnumerable<Route> Of(RouteEndpoint endpoint)
    {
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"];
        return methods.Select(method => new Route(method, "/" + endpoint.RoutePattern.RawText?.TrimStart('/'), endpoint.Metadata.GetMetadata<RouteAuth>()));
    }

    /// <summary>A line of api/routes.txt.</summary>
    public override string ToString()
    {
        return $"{Method,-7} {Pattern,-48} {Auth?.ToString() ?? "NOT STATED"}";
    }
}
