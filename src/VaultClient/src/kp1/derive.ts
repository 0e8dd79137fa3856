import { concat, text, type Bytes } from './bytes';
import { refuse } from './refusal';

// Every key of KP1 is Exp(Ext(label, secret), purpose). WebCrypto's HKDF is Extract and Expand in one call, which is exactly
// that: the secret is the HKDF key, the label its salt, the purpose its info. So a secret lives here as a non-extractable
// CryptoKey, and what comes out is again a CryptoKey that nobody can read; nothing has to pass through script as bytes.
// Extract is repeated at every call; that costs microseconds.

/** A 32-byte secret (or a password's hash, or a credential string) that can be derived from, and not read. */
export interface Root {
  readonly label: Label;
  readonly material: CryptoKey;
}

export type Label =
  | 'KeyPass/v1/token' | 'KeyPass/v1/grant' | 'KeyPass/v1/vault' | 'KeyPass/v1/master'
  | 'KeyPass/v1/prf' | 'KeyPass/v1/recovery' | 'KeyPass/v1/relay';

/** Does not wipe `secret`: whoever made it does. */
export async function rootOf(label: Label, secret: Bytes): Promise<Root> {
  // Nothing of ours is ever all zeros: this is memory that was never filled or has been wiped.
  if (!secret.some((byte) => byte !== 0)) refuse('malformed', 'The secret to derive from is empty.');
  return { label, material: await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits', 'deriveKey']) };
}

/** `name || 0x00 || parts`, or the bare name where the format binds nothing. */
export function purpose(name: string, ...parts: readonly Uint8Array[]): Bytes {
  return parts.length === 0 ? text(name) : concat(text(name), Uint8Array.of(0), ...parts);
}

export function deriveCipher(root: Root, info: Bytes): Promise<CryptoKey> {
  return crypto.subtle.deriveKey(hkdf(root, info), root.material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

export function deriveSigner(root: Root, info: Bytes): Promise<CryptoKey> {
  return crypto.subtle.deriveKey(hkdf(root, info), root.material, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign', 'verify']);
}

/** For the few outputs that are no cipher: what proves a password to the server, what is stored beside an envelope, a seed. */
export async function deriveBytes(root: Root, info: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(root, info), root.material, 256));
}

function hkdf(root: Root, info: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: text(root.label), info };
}
