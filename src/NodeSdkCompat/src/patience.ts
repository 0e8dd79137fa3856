import { KeyPassError } from './error.js';

/** Ends a call when the caller says so, or when nothing has come for too long. */
export class Patience {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #callerGone = () => { this.#controller.abort(this.#caller?.reason); };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#caller = caller;
    if (caller?.aborted === true) this.#callerGone();
    else caller?.addEventListener('abort', this.#callerGone, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came: the time begins anew. */
  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new KeyPassError('timeout', `Nothing came for ${this.#timeoutMs} ms.`));
    }, this.#timeoutMs);
    // What is waited for keeps the program alive; the waiting itself does not.
    this.#timer.unref();
  }

  /** Time is no longer counted; the caller can still end it. */
  waive(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    this.waive();
    this.#caller?.removeEventListener('abort', this.#callerGone);
  }

  /** What to throw for what fetch threw: the reason for the end, or that the connection failed. */
  reasonFor(failure: unknown): unknown {
    if (failure instanceof KeyPassError) return failure;
    if (this.signal.aborted) return this.signal.reason as unknown;
    return new KeyPassError('unreachable', 'The connection to KeyPass failed.', { cause: failure });
  }
}
