import type { Answer } from '../../app/ask';
import { isObject, objectAt, textAt } from '../../app/json';

/** What `/readyz` said about this server. */
export type Readiness =
  | { readonly state: 'checking' }
  | { readonly state: 'ready'; readonly version: string; readonly database: string }
  | { readonly state: 'starting' | 'stopping'; readonly reason: string }
  | { readonly state: 'unreachable'; readonly after: 'timeout' | 'no connection' }
  | { readonly state: 'unexpected'; readonly status: number };

export function readReadiness(answer: Answer): Readiness {
  if (!answer.arrived) return { state: 'unreachable', after: answer.after };
  const { status } = answer;
  const body = isObject(answer.body) ? answer.body : {};
  const version = textAt(body, 'version');
  const database = textAt(body, 'database');
  if (status === 200 && version !== undefined && database !== undefined) return { state: 'ready', version, database };
  const error = objectAt(body, 'error');
  const reason = textAt(error, 'message');
  if (status === 503 && reason !== undefined) return { state: textAt(error, 'code') === 'draining' ? 'stopping' : 'starting', reason };
  return { state: 'unexpected', status };
}

/** The state in a word or two, then what it means and what to do. */
export function wordsFor(readiness: Readiness): { readonly headline: string; readonly detail: string } {
  switch (readiness.state) {
    case 'checking':
      return { headline: 'Checking', detail: 'Asking this server whether it is ready.' };
    case 'ready':
      return { headline: 'Ready', detail: `KeyPass ${readiness.version} on ${readiness.database}. The server answers and its database is reachable.` };
    case 'starting':
      return { headline: 'Starting', detail: `The server answers but takes no calls yet. ${asSentence(readiness.reason)} Check again in a few seconds.` };
    case 'stopping':
      return {
        headline: 'Stopping',
        detail: `The server finishes the calls it has and takes no new ones. ${asSentence(readiness.reason)} Check again in a minute.`,
      };
    case 'unreachable':
      return {
        headline: 'Not reachable',
        detail: readiness.after === 'timeout'
          ? 'The server did not answer in time. It may be overloaded or stopped. Wait a moment, then check again.'
          : 'The server did not answer: it has stopped, or this device is offline. Check the connection, then check again.',
      };
    case 'unexpected':
      return {
        headline: 'Unclear',
        detail: `Something answered with status ${readiness.status} in a form KeyPass does not use. A proxy in front of the server may be in the way.`,
      };
  }
}

function asSentence(reason: string): string {
  return /[.:]$/.test(reason.trim()) ? reason.trim() : `${reason.trim()}.`;
}
