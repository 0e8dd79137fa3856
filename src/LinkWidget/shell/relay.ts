import { call } from './session.js';

// Delivery of the public token when the consent window cannot speak to us: another browser, a severed opener, a reload. That window
// encrypted it under the link token, which the server does not keep.

const nonceBytes = 12;

/** Asks until it is there; each time the server waits up to 25 s. */
export async function relayed(linkToken: string, linkSessionId: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const response = await call('/v1/link/relay', linkToken, signal);
    if (response.status === 204) continue;
    const { data } = (await response.json()) as { data: { envelope: string } };
    return openEnvelope(linkToken, linkSessionId, data.envelope);
  }
}

export async function openEnvelope(linkToken: string, linkSessionId: string, envelope: string): Promise<string> {
  const sealed = Uint8Array.from(atob(envelope.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  const material = await crypto.subtle.importKey('raw', text(linkToken), 'HKDF', false, ['deriveKey']);
  const open = async (info: Uint8Array<ArrayBuffer>, additionalData: Uint8Array<ArrayBuffer>): Promise<string> => {
    const derivation = { name: 'HKDF', hash: 'SHA-256', salt: text('KeyPass/v1/relay'), info };
    const cipher = await crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    const algorithm = { name: 'AES-GCM', iv: sealed.slice(0, nonceBytes), additionalData };
    const plain = await crypto.subtle.decrypt(algorithm, cipher, sealed.slice(nonceBytes));
    return new TextDecoder().decode(plain);
  };
  // The session is bound as Link writes it (its text, authenticated too) or as KP1 does (its bytes); either opens for one writer only.
  const opened = await open(text(linkSessionId), text(linkSessionId)).catch(() => open(bytesOf(linkSessionId), new Uint8Array()));
  if (!isPublicToken(opened)) throw new RangeError('What was relayed is no public token.');
  return opened;
}

export function isPublicToken(value: unknown): value is string {
  return typeof value === 'string' && /^kp_pt_[0-9A-Za-z]+$/.test(value);
}

function text(letters: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(letters);
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}
