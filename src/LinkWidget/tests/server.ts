import { vi } from 'vitest';

// The server as the frame sees it: what it answers next, and an event stream that the test writes.

export const linkToken = 'kp_lt_abc123';
export const publicToken = 'kp_pt_abc123';
export const hash = 'Z2ThyLSTneX6NDkUsdVX3g';
export const linkSessionId = '0190a0b0c0d07000800000000000ab01';

export const session = {
  linkSessionId, status: 'opened',
  app: { name: 'Notes', logo: null, homepage: null, domain: { name: 'notes.example', verifiedAt: '2026-11-01T00:00:00Z' }, mode: 'live' },
  requestedProviders: ['openai', 'anthropic'], models: null, budgetSuggestionCents: 1000, period: 'monthly', reason: 'To summarise your notes.',
  expiresAt: '2026-11-21T18:30:00Z', origin: 'https://notes.example', redirectUri: null, isUpdate: false,
};

export class Server {
  readonly asked: { path: string; authorization: string | null; credentials: string | undefined }[] = [];
  readonly #answers = new Map<string, (() => Response | Promise<Response>)[]>();
  #events: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor() {
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      this.asked.push({ path, authorization: new Headers(init.headers).get('authorization'), credentials: init.credentials });
      const queue = this.#answers.get(path) ?? [];
      const answer = queue.length > 1 ? queue.shift() : queue[0];
      if (answer !== undefined) return answer();
      return new Promise<Response>((_, reject) => {
        init.signal?.addEventListener('abort', () => { reject(new DOMException('aborted', 'AbortError')); });
      });
    });
    this.answer('/v1/link/session', () => Response.json({ success: true, data: session }));
    this.answer('/v1/link/events', () => new Response(new ReadableStream<Uint8Array>({ start: (controller) => { this.#events = controller; } })));
  }

  /** One after the other; the last one stands. */
  answer(path: string, ...answers: (() => Response | Promise<Response>)[]): void {
    this.#answers.set(path, answers);
  }

  async event(name: string): Promise<void> {
    await vi.waitFor(() => { if (this.#events === undefined) throw new Error('nobody listens for events'); });
    this.#events?.enqueue(new TextEncoder().encode(`event: link\ndata: {"name":"${name}","at":"2026-11-21T18:00:00Z"}\n\n`));
  }

  count(path: string): number {
    return this.asked.filter((one) => one.path === path).length;
  }
}

export function refusal(status: number, code: string): Response {
  return Response.json({ success: false, error: { code, message: `It is ${code}.` } }, { status });
}

/** The relay's bytes as LINK's wire has them. */
export async function sealed(secret: string, plain: string, sessionId = linkSessionId): Promise<string> {
  const text = (letters: string) => new TextEncoder().encode(letters);
  const material = await crypto.subtle.importKey('raw', text(secret), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: text('KeyPass/v1/relay'), info: text(sessionId) };
  const cipher = await crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: text(sessionId) }, cipher, text(plain));
  return Buffer.concat([iv, new Uint8Array(body)]).toString('base64url');
}
