// What the frame may know, asked with the link token. It is same-origin with the server: the page around it needs no way there.

export interface Session {
  linkSessionId: string;
  status: string;
  app: { name: string; logo: string | null; homepage: string | null; domain: { name: string; verifiedAt: string | null } | null; mode: string };
  providerNames: string[];
  models: string[] | null;
  budgetSuggestionCents: number;
  period: string;
  reason: string | null;
  origin: string | null;
  isUpdate: boolean;
}

/** The server's no, or `unreachable`. */
export class ShellRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export async function call(path: string, linkToken: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${linkToken}` }, credentials: 'omit', cache: 'no-store', signal })
    .catch((failure: unknown) => {
      if (signal.aborted) throw failure;
      throw new ShellRefusal('unreachable', 'KeyPass cannot be reached.');
    });
  if (response.ok) return response;
  const body = await response.json().catch(() => undefined) as { error?: { code?: string; message?: string } } | undefined;
  // A gateway's error page is no answer of ours, and passes; so does what the server cannot do right now.
  if (body?.error?.code === undefined || response.status === 429 || response.status >= 500) throw new ShellRefusal('unreachable', 'KeyPass cannot be reached.');
  throw new ShellRefusal(body.error.code, body.error.message ?? 'KeyPass said no.');
}

export async function readSession(linkToken: string, signal: AbortSignal): Promise<Session> {
  const response = await call('/v1/link/session', linkToken, signal);
  return ((await response.json()) as { data: Session }).data;
}

const endings = new Set(['approved', 'denied', 'expired', 'abandoned', 'exchanged']);

export function isOver(status: string): boolean {
  return endings.has(status);
}
