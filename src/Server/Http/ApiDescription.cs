using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace KeyPass.Server.Http;

/// <summary><c>/openapi.json</c>, made from the routes themselves, with the credentials each takes and the refusals it says.</summary>
internal static class ApiDescription
{
    private const string AuthExtension = "x-keypass-auth";
    private const string ScopeExtension = "x-keypass-scope";
    private const string ErrorSchema = "Error";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer(DescribeDocument);
        options.AddOperationTransformer(DescribeOperation);
    });

    public static void MapApiDescription(this WebApplication app) => app.MapOpenApi("/openapi.json")
        .OpenToAnyone().LoggedQuietly();

    /// <summary>The refusals a route says of its own; those every route can say are added to all.</summary>
    public static RouteHandlerBuilder RefusesWith(this RouteHandlerBuilder route, params Refusal[] refusals) =>
        route.WithMetadata(new RefusalList(refusals));

    /// <summary>
    /// For what only asks, or changes something at a provider only. Every other route with a writing method is held to an entry in the audit journal by a test.
    /// </summary>
    public static TBuilder ChangesNothing<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new OnlyAsks());

    /// <summary>For a write whose answer holds a secret: it is given once, and never kept to be given again.</summary>
    public static TBuilder AnswersWithSecret<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new SecretAnswer());

    internal sealed record OnlyAsks;

    internal sealed record SecretAnswer;

    private sealed record RefusalList(IReadOnlyList<Refusal> Refusals);

    private static Task DescribeDocument(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        document.Info = new OpenApiInfo
        {
            Title = "KeyPass",
            Version = HealthEndpoints.Version,
            Description = "Your AI-provider keys in an encrypted vault; apps and teams get a scoped, budgeted piece of them.",
        };
        // The address is the one the reader asked; a fixed one would be wrong behind every proxy.
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        document.Components.Schemas[ErrorSchema] = ErrorEnvelope();
        return Task.CompletedTask;
    }

    private static Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var accepted = metadata.OfType<RouteAuth>().LastOrDefault();
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
        operation.Extensions[AuthExtension] = new JsonNodeExtension(new JsonArray([.. (accepted?.Names ?? []).Select(name => (JsonNode)name)]));
        if (accepted?.Scope is { } scope)
            operation.Extensions[ScopeExtension] = new JsonNodeExtension(RouteAuth.ScopeName(scope));

        var refusals = metadata.OfType<RefusalList>().SelectMany(list => list.Refusals).ToList();
        if (accepted is { Accepted: not Credentials.None })
            refusals.Add(accepted.Accepted == Credentials.Loopback ? Refusals.NotAllowed : Refusals.CredentialRequired);
        if (accepted is { Scope: not null })
            refusals.AddRange([Refusals.ScopeMissing, Refusals.Revoked]);
        if (accepted?.Accepted.HasFlag(Credentials.Operator) == true)
            refusals.Add(Refusals.OperatorRequired);
        if (Idempotency.AppliesTo(metadata, context.Description.HttpMethod))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(IdempotencyKey(metadata.OfType<SecretAnswer>().Any()));
            refusals.AddRange([Refusals.AlreadyBegun, Refusals.AlreadyDone, Refusals.IdempotencyKeyReused]);
        }
        operation.Responses ??= [];
        foreach (var group in refusals.GroupBy(refusal => refusal.Status).OrderBy(group => group.Key))
        {
            operation.Responses[group.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join(" · ", group.Select(refusal => refusal.Code)),
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                {
                    ["application/json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(ErrorSchema, context.Document) },
                },
            };
        }
        return Task.CompletedTask;
    }

    private static OpenApiParameter IdempotencyKey(bool holdsSecret) => new()
    {
        Name = Idempotency.Header,
        In = ParameterLocation.Header,
        Description = "Of your choice, a new one for each change. Asked again with it within a day, the change is made once: "
            + (holdsSecret ? "the answer holds a secret and is not given twice, so that the second is `already_done`." : "the first answer comes again."),
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Idempotency.LongestName },
    };

    private static OpenApiSchema ErrorEnvelope() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string>(StringComparer.Ordinal) { "success", "error" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["success"] = new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Always false." },
            ["error"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string>(StringComparer.Ordinal) { "code", "message", "requestId" },
                Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
                {
                    ["code"] = Text("From the closed list of refusals; programs decide by it."),
                    ["message"] = Text("For people: what happened, why, and what to do."),
                    ["field"] = Text("The member of the request that is wrong, when one is."),
                    ["requestId"] = Text("The same as the header x-keypass-request-id."),
                },
            },
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
