/** What our own server answered, or the reason there is no answer. */
export type Answer =
  | { readonly arrived: true; readonly status: number; readonly body: unknown; readonly headers: Headers }
  | { readonly arrived: false; readonly after: 'timeout' | 'no connection' };

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Asks as a program would, with this credential and without the session. */
  readonly bearer?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A question that changes nothing can be given up soon; a change that was given up may have happened. */
export const patienceMs = { GET: 8000, other: 30_000 } as const;

/** Same origin only: the session comes along in a cookie that no script sees. */
export async function ask(path: string, { method, body, bearer, headers: more }: Asked = { method: 'GET' }): Promise<Answer> {
  const headers = {
    accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }), ...more,
  };
  try {
    const response = await fetch(path, {
      method, headers, cache: 'no-store', redirect: 'error', credentials: bearer === undefined ? 'same-origin' : 'omit',
      signal: AbortSignal.timeout(method === 'GET' ? patienceMs.GET : patienceMs.other),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { arrived: true, status: response.status, body: parse(text), headers: response.headers };
  } catch (failure) {
    const timedOut = failure instanceof DOMException && failure.name === 'TimeoutError';
    return { arrived: false, after: timedOut ? 'timeout' : 'no connection' };
  }
}

/** A proxy in front of the server may answer with a page of its own; that is an answer without a body we can read. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
