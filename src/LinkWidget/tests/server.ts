import { sealRelay, toBase64url } from '@keypass/vault-client/kp1';
import { vi } from 'vitest';

// The server as the frame sees it: what it answers next, and an event stream that the test writes.

export const anotherLinkToken = 'kp_lt_jzchejiOy0Cb6t2NNFVG5AXRkQ9fLDKbpYCjq8DB0LC087fm1';
export const linkToken = 'kp_lt_TwpXSUfKT5J1v62WrjrsSMo5IHgvEml2Xby9gCSVPZe3F09hK';
export const publicToken = 'kp_pt_t37cQJ0Brri7dHYBzbxPRuesJsKcZnUXaEuVHpPiFNW023OOz';
export const hash = 'AI-K7vf9oPeUoCTxdZzUhg';
export const linkSessionId = '0190a0b0c0d07000800000000000ab01';

export const session = {
  linkSessionId, status: 'opened',
  app: { name: 'Notes', logo: null, homepage: null, domain: { name: 'notes.example', verifiedAt: '2026-11-01T00:00:00Z' }, mode: 'live' },
  requestedProviders: ['openai', 'anthropic'], providerNames: ['OpenAI', 'Anthropic'], models: null,
  budgetSuggestionCents: 1000, period: 'monthly', reason: 'To summarise your notes.',
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

/** As the consent window leaves it. */
export async function sealed(secret: string, plain: string, sessionId = linkSessionId): Promise<string> {
  return toBase64url(await sealRelay(secret, sessionId, plain));
}
