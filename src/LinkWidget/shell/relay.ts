import { fromBase64url, openRelay } from '@keypass/vault-client/kp1';
import { call } from './session.js';

// Delivery of the public token, wherever it was made: the consent window encrypted it under the link token, which the server does not keep.

/** The server waits up to 25 s for it. */
export async function fetchRelay(linkToken: string, linkSessionId: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await call('/v1/link/relay', linkToken, signal);
  if (response.status === 204) return undefined;
  const { data } = (await response.json()) as { data: { envelope: string } };
  return openEnvelope(linkToken, linkSessionId, data.envelope);
}

export function openEnvelope(linkToken: string, linkSessionId: string, envelope: string): Promise<string> {
  return openRelay(linkToken, linkSessionId, fromBase64url(envelope));
}
