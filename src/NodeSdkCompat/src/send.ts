import { setTimeout as pause } from 'node:timers/promises';
import { errorOf, isObject, KeyPassError } from './error.js';
import { Patience } from './patience.js';

export interface Call {
  method: string;
  /** With its leading slash; put together from checked parts. */
  path: string;
  authorization: string;
  body?: string | Uint8Array | FormData | Blob | undefined;
  headers?: Record<string, string>;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** True where a second try cannot do a thing twice: it reads, or it carries an Idempotency-Key. */
  repeatable: boolean;
}

export interface Opened {
  response: Response;
  patience: Patience;
}

/** The server said no before it did anything, and will not for long. */
const passing = new Set(['draining', 'overloaded', 'ledger_unavailable', 'database_unavailable']);
const repairedByRepeating = new Set([429, 502, 503, 504]);
const longestWaitSeconds = 10;

/** Makes calls to one server. */
export class Wire {
  readonly #baseUrl: string;
  readonly #fetch: typeof fetch;
  readonly #maxRetries: number;

  constructor(baseUrl: string, maxRetries: number, fetcher: typeof fetch) {
    this.#baseUrl = baseUrl;
    this.#maxRetries = maxRetries;
    this.#fetch = fetcher;
  }

  /** The `data` of the answer. */
  async ask(call: Call): Promise<unknown> {
    const { response, patience } = await this.open(call);
    try {
      const body = await textOf(response, patience);
      const answer = parse(body);
      if (!isObject(answer) || answer['success'] !== true) throw errorOf(response.status, response.headers, body);
      return answer['data'];
    } finally {
      patience.end();
    }
  }

  /** The answer with its body unread; whoever reads it ends the patience. A no is thrown. */
  async open(call: Call): Promise<Opened> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#openOnce(call);
      } catch (failure) {
        if (tries >= this.#maxRetries || !mayBeRepeated(call, failure)) throw failure;
        await pause(waitMs(failure, tries), undefined, call.signal === undefined ? {} : { signal: call.signal })
          .catch(() => { throw call.signal?.reason; });
      }
    }
  }

  /** One try; the answer whatever it says. */
  async send(call: Call): Promise<Opened> {
    const patience = new Patience(call.timeoutMs, call.signal);
    try {
      const response = await this.#fetch(this.#baseUrl + call.path, {
        method: call.method,
        headers: { accept: 'application/json, text/event-stream', ...call.headers, authorization: call.authorization },
        ...(call.body === undefined ? {} : { body: call.body as NonNullable<RequestInit['body']> }),
        signal: patience.signal,
        // A redirect would carry the credential to wherever it points.
        redirect: 'error',
      });
      patience.heard();
      return { response, patience };
    } catch (failure) {
      patience.end();
      throw patience.reasonFor(failure);
    }
  }

  async #openOnce(call: Call): Promise<Opened> {
    const opened = await this.send(call);
    if (opened.response.ok) return opened;
    try {
      throw errorOf(opened.response.status, opened.response.headers, await textOf(opened.response, opened.patience));
    } finally {
      opened.patience.end();
    }
  }
}

function mayBeRepeated(call: Call, failure: unknown): failure is KeyPassError {
  if (!(failure instanceof KeyPassError) || (failure.retryAfter ?? 0) > longestWaitSeconds) return false;
  if (passing.has(failure.code)) return true;
  return call.repeatable
    && (failure.code === 'unreachable' || failure.code === 'already_begun' || repairedByRepeating.has(failure.status ?? 0));
}

function waitMs(failure: KeyPassError, tries: number): number {
  if (failure.retryAfter !== undefined) return failure.retryAfter * 1000;
  // Spread, so that many callers that failed together do not come back together.
  return 250 * 4 ** tries * (0.5 + Math.random() / 2);
}

async function textOf(response: Response, patience: Patience): Promise<string> {
  return response.text().catch((failure: unknown) => { throw patience.reasonFor(failure); });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
