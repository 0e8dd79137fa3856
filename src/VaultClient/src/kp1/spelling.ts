import type { Bytes } from './bytes';

// How bytes are written in JSON: binary values as base64url without padding, ids as 32 lower-case hex digits. Each has one
// spelling only, so that two texts that differ never mean the same bytes.

const hexPairs = /^(?:[0-9a-f]{2})*$/;
const base64urlText = /^[A-Za-z0-9_-]*$/;

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(hex: string): Bytes {
  if (!hexPairs.test(hex)) throw new SyntaxError('Not lower-case hex.');
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toBase64url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64url(spelled: string): Bytes {
  if (!base64urlText.test(spelled) || spelled.length % 4 === 1) throw new SyntaxError('Not base64url without padding.');
  const bytes = Uint8Array.from(atob(spelled.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  // The last character may carry bits that mean nothing; only zeros there are the one spelling.
  if (toBase64url(bytes) !== spelled) throw new SyntaxError('Not the one base64url spelling of its bytes.');
  return bytes;
}
