import { ask, type Answer, type Asked } from './ask';
import { isObject, objectAt, textAt, type JsonObject } from './json';
import { Trouble } from './trouble';

// The management API: `{success, data}`, or a refusal. A refusal is thrown, as a sentence to show.

const sessionOver = new Set<() => void>();

/** Told when the server no longer knows the session of this browser. */
export function onSessionOver(listener: () => void): void {
  sessionOver.add(listener);
}

export const get = (path: string): Promise<JsonObject> => call(path, { method: 'GET' });
export const post = (path: string, body?: unknown): Promise<JsonObject> => call(path, { method: 'POST', body });
export const put = (path: string, body: unknown): Promise<JsonObject> => call(path, { method: 'PUT', body });
export const patch = (path: string, body: unknown): Promise<JsonObject> => call(path, { method: 'PATCH', body });
export const remove = (path: string, body?: unknown): Promise<JsonObject> => call(path, { method: 'DELETE', body });

/** The data of the answer; an empty object where there is none. */
async function call(path: string, asked: Asked): Promise<JsonObject> {
  const answer = await ask(path, asked);
  if (!answer.arrived) throw unanswered(answer, asked);
  const body = isObject(answer.body) ? answer.body : {};
  if (answer.status >= 200 && answer.status < 300) return objectAt(body, 'data');
  const error = objectAt(body, 'error');
  const code = textAt(error, 'code');
  if (code === 'credential_required') for (const listener of sessionOver) listener();
  throw code === undefined ? notOurs(answer.status) : new Trouble(code, wordsFor(code, error), { status: answer.status, field: textAt(error, 'field') });
}

function wordsFor(code: string, error: JsonObject): string {
  if (code === 'credential_required') return 'You were signed out. Sign in again to go on.';
  const message = textAt(error, 'message') ?? 'The server said no.';
  const requestId = textAt(error, 'requestId');
  return code === 'internal_error' && requestId !== undefined ? `${message} Tell the operator this id: ${requestId}.` : message;
}

export function unanswered(answer: Extract<Answer, { arrived: false }>, { method }: Asked): Trouble {
  const why = answer.after === 'timeout' ? 'The server did not answer in time' : 'The server could not be reached';
  const then = method === 'GET' ? 'Check the connection and try again.' : 'Look whether it was done before you try again.';
  return new Trouble('unanswered', `${why}. ${then}`);
}

function notOurs(status: number): Trouble {
  const words = `Something answered with status ${status} in a form KeyPass does not use. A proxy in front of the server may be in the way.`;
  return new Trouble('not_ours', words, { status });
}
