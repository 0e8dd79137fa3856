namespace KeyPass.Server.Http;

/// <summary>One of KeyPass's own noes. The list is closed: code and status are a contract, and docs/REFUSALS.md has a row for each.</summary>
internal sealed record Refusal(string Code, int Status)
{
    /// <summary>This no, with the sentence for the person: what happened, why, and what to do.</summary>
    public RefusalResult Because(string message, string? field = null, TimeSpan? retryAfter = null) => new(this, message, field, retryAfter);
}

/// <summary>The closed list. Each slice adds the noes it says, here and in docs/REFUSALS.md; a test compares the two.</summary>
internal static class Refusals
{
    public static readonly Refusal InvalidRequest = new("invalid_request", 400);
    public static readonly Refusal InvalidJson = new("invalid_json", 400);
    public static readonly Refusal SealedVaultNeedsClient = new("sealed_vault_needs_client", 400);
    public static readonly Refusal CodeInvalid = new("code_invalid", 400);
    public static readonly Refusal PublicTokenInvalid = new("public_token_invalid", 400);
    public static readonly Refusal CredentialRequired = new("credential_required", 401);
    public static readonly Refusal InvalidApiKey = new("invalid_api_key", 401);
    public static readonly Refusal SignInFailed = new("sign_in_failed", 401);
    public static readonly Refusal BudgetExceeded = new("budget_exceeded", 402);
    public static readonly Refusal BudgetInFlight = new("budget_in_flight", 402);
    public static readonly Refusal VelocityExceeded = new("velocity_exceeded", 402);
    public static readonly Refusal NotAllowed = new("not_allowed", 403);
    public static readonly Refusal Revoked = new("revoked", 403);
    public static readonly Refusal ScopeExceeded = new("scope_exceeded", 403);
    public static readonly Refusal ScopeMissing = new("scope_missing", 403);
    public static readonly Refusal RegistrationClosed = new("registration_closed", 403);
    public static readonly Refusal InviteRequired = new("invite_required", 403);
    public static readonly Refusal OperatorRequired = new("operator_required", 403);
    public static readonly Refusal KeyRevoked = new("key_revoked", 403);
    public static readonly Refusal KeyDisabled = new("key_disabled", 403);
    public static readonly Refusal KeyExpired = new("key_expired", 403);
    public static readonly Refusal ModelNotAllowed = new("model_not_allowed", 403);
    public static readonly Refusal RouteNotAllowed = new("route_not_allowed", 403);
    public static readonly Refusal ConnectionPaused = new("connection_paused", 403);
    public static readonly Refusal PriceUnknown = new("price_unknown", 403);
    public static readonly Refusal NotBoundable = new("not_boundable", 403);
    public static readonly Refusal NotFound = new("not_found", 404);
    public static readonly Refusal MethodNotAllowed = new("method_not_allowed", 405);
    public static readonly Refusal RequestTimeout = new("request_timeout", 408);
    public static readonly Refusal EmailTaken = new("email_taken", 409);
    public static readonly Refusal VersionConflict = new("version_conflict", 409);
    public static readonly Refusal VersionStale = new("version_stale", 409);
    public static readonly Refusal LinkOver = new("link_over", 409);
    public static readonly Refusal Ambiguous = new("ambiguous", 409);
    public static readonly Refusal AlreadyBegun = new("already_begun", 409);
    public static readonly Refusal AlreadyDone = new("already_done", 409);
    public static readonly Refusal BodyTooLarge = new("body_too_large", 413);
    public static readonly Refusal UnsupportedMediaType = new("unsupported_media_type", 415);
    public static readonly Refusal IdempotencyKeyReused = new("idempotency_key_reused", 422);
    public static readonly Refusal RateLimited = new("rate_limited", 429);
    public static readonly Refusal InternalError = new("internal_error", 500);
    public static readonly Refusal SealBroken = new("seal_broken", 500);
    public static readonly Refusal ProviderAuthFailed = new("provider_auth_failed", 502);
    public static readonly Refusal ProviderUnreachable = new("provider_unreachable", 502);
    public static readonly Refusal ProviderTimeout = new("provider_timeout", 504);
    public static readonly Refusal Overloaded = new("overloaded", 503);
    public static readonly Refusal LedgerUnavailable = new("ledger_unavailable", 503);
    public static readonly Refusal DatabaseUnavailable = new("database_unavailable", 503);
    public static readonly Refusal Draining = new("draining", 503);
    public static readonly Refusal PagesNotBuilt = new("pages_not_built", 503);
}
