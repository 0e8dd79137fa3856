import { concat, osRandom, type Bytes, type Random } from './bytes';
import { refuse } from './refusal';

// The envelope: "KP" 0x01 type suite [salt] nonce ciphertext tag, or with HPKE … enc ciphertext tag. Header and salt come first
// in what is authenticated, then the context: the ids the envelope belongs to.

/** OUTER (7) is the server's own layer; a browser never sees one. */
const types = {
  vaultItem: { code: 1, suite: 1 },
  unlock: { code: 2, suite: 1 },
  tokenWrap: { code: 3, suite: 1 },
  escrow: { code: 4, suite: 1 },
  sealedKey: { code: 5, suite: 1 },
  vaultShare: { code: 6, suite: 2 },
  deposit: { code: 8, suite: 2 },
  escrowDeposit: { code: 9, suite: 2 },
  child: { code: 10, suite: 1 },
} as const;

export type EnvelopeType = keyof typeof types;

export const headerSize = 5;
export const nonceSize = 12;
export const tagSize = 16;
export const pointSize = 65;

export function header(type: EnvelopeType): Bytes {
  return Uint8Array.of(0x4b, 0x50, 0x01, types[type].code, types[type].suite);
}

/** Everything that can be said of an envelope without a secret: format, version, type, suite, size. */
export function checkShape(type: EnvelopeType, envelope: Uint8Array, prefixSize: number, sizeOfPlain: (size: number) => boolean): void {
  if (envelope.length < headerSize || header(type).some((byte, index) => envelope[index] !== byte)) {
    refuse('broken', `Not a ${type} envelope of this version.`);
  }
  const around = headerSize + prefixSize + tagSize;
  if (!sizeOfPlain(envelope.length - around)) refuse('broken', `A ${type} envelope has another size.`);
}

export const isSecretSize = (size: number): boolean => size === 32;

export interface SealOptions {
  /** Counts as header: it follows it and is authenticated with it. */
  readonly salt?: Bytes;
  readonly random?: Random;
}

export async function seal(
  type: EnvelopeType, cipher: CryptoKey, context: readonly Uint8Array[], plain: Bytes, { salt = new Uint8Array(), random = osRandom }: SealOptions = {},
): Promise<Bytes> {
  const head = concat(header(type), salt);
  const nonce = random(nonceSize);
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: concat(head, ...context) }, cipher, plain);
  return concat(head, nonce, new Uint8Array(body));
}

/** The shape must have been checked. */
export async function open(cipher: CryptoKey, context: readonly Uint8Array[], envelope: Bytes, saltSize = 0): Promise<Bytes> {
  const headSize = headerSize + saltSize;
  const head = envelope.subarray(0, headSize);
  const nonce = envelope.slice(headSize, headSize + nonceSize);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: nonce, additionalData: concat(head, ...context) }, cipher, envelope.slice(headSize + nonceSize)),
    );
  } catch {
    refuse('broken', 'The envelope does not open: it was changed, or belongs somewhere else.');
  }
}
