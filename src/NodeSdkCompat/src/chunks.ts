import { errorOf, isObject, KeyPassError } from './error.js';
import type { Patience } from './patience.js';
import type { ChatChunk } from './wire.js';

/** No event of a chat comes near this; what does would fill the memory. */
const longestEvent = 16 * 1024 * 1024;

/** The chunks of a streamed answer as they come. Leaving the loop early hangs up. */
export async function* chunksOf(response: Response, patience: Patience): AsyncGenerator<ChatChunk, void, undefined> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let pending = '';
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((failure: unknown) => { throw patience.reasonFor(failure); });
      patience.heard();
      pending += done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (pending.length > longestEvent) throw new KeyPassError('unexpected_answer', 'An event of the stream is longer than 16 MB.');
      // A carriage return at the end may be the first half of a line break: it waits for what follows.
      const lines = pending.split(/\r\n|\n|\r(?!$)/);
      pending = done ? '' : (lines.pop() ?? '');
      for (const line of lines) {
        if (!line.startsWith('data:')) continue;
        const text = line.slice(5).trim();
        if (text === '[DONE]') return;
        const chunk = read(text, response);
        finished ||= chunk.choices.some((choice) => typeof choice.finish_reason === 'string');
        yield chunk;
      }
      if (done) break;
    }
    if (!finished) throw new KeyPassError('interrupted', 'The answer broke off.', named(response));
  } finally {
    patience.end();
    await reader.cancel().catch(() => undefined);
  }
}

function read(text: string, response: Response): ChatChunk {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new KeyPassError('unexpected_answer', 'An event of the stream is not JSON.', named(response));
  }
  if (!isObject(event)) throw new KeyPassError('unexpected_answer', 'An event of the stream is no object.', named(response));
  if (isObject(event['error'])) {
    const error = errorOf(response.status, response.headers, text);
    // A provider's own words in the middle of its answer have no code of ours.
    throw error.code === 'unexpected_answer'
      ? new KeyPassError('provider_refused', 'The provider ended its answer with an error.', { ...named(response), provider: event['error'] })
      : error;
  }
  return (Array.isArray(event['choices']) ? event : { ...event, choices: [] }) as unknown as ChatChunk;
}

function named(response: Response): { status: number; requestId?: string } {
  const requestId = response.headers.get('x-keypass-request-id');
  return { status: response.status, ...(requestId === null ? {} : { requestId }) };
}
