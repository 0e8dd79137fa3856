/** A GET to our own server, or the reason there is no answer. */
export type Answer =
  | { readonly arrived: true; readonly status: number; readonly body: unknown }
  | { readonly arrived: false; readonly after: 'timeout' | 'no connection' };

export const patienceMs = 8000;

export async function ask(path: string): Promise<Answer> {
  try {
    const response = await fetch(path, { headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(patienceMs) });
    const text = await response.text();
    return { arrived: true, status: response.status, body: parse(text) };
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
