/** The limit that refused a call, as it stood then. */
export interface BudgetRefusal {
  of: string;
  limitNanoUsd: number;
  spentNanoUsd: number;
  reservedNanoUsd: number;
  remainingNanoUsd: number;
  neededNanoUsd: number;
  resetsAt: string | null;
  /** With so much output the call would fit. */
  affordableMaxTokens?: number;
  modelsThatFit: string[];
}

interface ErrorDetails {
  status?: number;
  requestId?: string;
  field?: string;
  budget?: BudgetRefusal;
  updateUrl?: string;
  retryAfter?: number;
  provider?: unknown;
  cause?: unknown;
}

/**
 * Every no and every failure. Decide by `code`: KeyPass's own are listed in its docs (`REFUSALS.md`); this package adds
 * `timeout`, `unreachable`, `interrupted`, `unexpected_answer`, `wrong_session` and `invalid_argument`.
 */
export class KeyPassError extends Error {
  override readonly name = 'KeyPassError';
  readonly code: string;
  /** The HTTP status; absent where no answer came. */
  readonly status: number | undefined;
  /** Leads to the receipt and to the server's log line. */
  readonly requestId: string | undefined;
  /** The member of the request that is wrong. */
  readonly field: string | undefined;
  readonly budget: BudgetRefusal | undefined;
  /** Where the user can put it right: raise the budget, replace the provider key, resume. */
  readonly updateUrl: string | undefined;
  /** Seconds to wait before it makes sense to ask again. */
  readonly retryAfter: number | undefined;
  /** The provider's own words, where it was the provider that said no. */
  readonly provider: unknown;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.field = details.field;
    this.budget = details.budget;
    this.updateUrl = details.updateUrl;
    this.retryAfter = details.retryAfter;
    this.provider = details.provider;
  }
}

/** What an answer that is no success says. The body is the server's, or of something between us that speaks for it. */
export function errorOf(status: number, headers: Headers, body: string): KeyPassError {
  const answer = parsed(body);
  const error = isObject(answer) && isObject(answer['error']) ? answer['error'] : undefined;
  const requestId = textOf(error?.['requestId']) ?? headers.get('x-keypass-request-id') ?? undefined;
  const wait = headers.get('retry-after');
  const retryAfter = wait !== null && /^\d{1,6}$/.test(wait) ? Number(wait) : undefined;
  const code = textOf(error?.['code']);
  if (error === undefined || code === undefined) {
    return new KeyPassError('unexpected_answer', `The server answered ${status}, and not in KeyPass's form.`, given({ status, requestId, retryAfter }));
  }
  return new KeyPassError(code, textOf(error['message']) ?? code, given({
    status,
    requestId,
    retryAfter,
    field: textOf(error['field']),
    budget: isObject(error['budget']) ? (error['budget'] as unknown as BudgetRefusal) : undefined,
    updateUrl: textOf(error['updateUrl']),
    provider: error['provider'],
  }));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Without the members that are undefined. */
function given(details: { [Name in keyof ErrorDetails]: ErrorDetails[Name] | undefined }): ErrorDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
