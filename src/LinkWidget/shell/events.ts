import { call } from './session.js';

/** The names of the session's events as they happen, until the server ends the stream. */
export async function* eventsOf(linkToken: string, signal: AbortSignal): AsyncGenerator<string> {
  const response = await call('/v1/link/events', linkToken, signal);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let pending = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      pending += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = pending.split('\n');
      pending = done ? '' : (lines.pop() ?? '');
      for (const line of lines) {
        const name = line.startsWith('data:') ? nameIn(line.slice(5)) : undefined;
        if (name !== undefined) yield name;
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function nameIn(text: string): string | undefined {
  try {
    const { name } = JSON.parse(text) as { name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
