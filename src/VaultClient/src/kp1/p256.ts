import { concat, wipe, type Bytes } from './bytes';
import { deriveOnCurve } from './p256-point';
import { refuse } from './refusal';
import { pointSize } from './envelope';

// DHKEM(P-256).DeriveKeyPair of RFC 9180, with the public point found in a way that gives the same in every browser.
//
// WebCrypto cannot say which point belongs to a private scalar: Firefox refuses to export what it imported without its point, and
// the fall-back of @hpke/core then picks the even y, which is the wrong one half of the time. The point is in what HPKE hashes, so
// two browsers of one person could not read each other's deposits. All we ask of the engine here is ECDH, which all have.

export interface VaultPair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** 65 bytes, uncompressed: what the server stores. */
  readonly point: Bytes;
}

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The only form in which a private scalar can be imported without its point: PKCS#8 around 32 bytes. */
const pkcs8Head = Uint8Array.of(
  0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
  0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20,
);

/** The seed is 32 random or derived bytes; the caller wipes it. */
export async function pairFromSeed(seed: Bytes): Promise<VaultPair> {
  const scalar = await deriveScalar(seed);
  const next = successor(scalar);
  try {
    const privateKey = await importScalar(scalar);
    const point = await deriveOnCurve(privateKey, await importScalar(next));
    return { privateKey, publicKey: await importPoint(point), point };
  } finally {
    wipe(scalar, next);
  }
}

/** Refuses what is not a point of the curve in its one spelling: compressed, at infinity, off the curve, a coordinate too large. */
export async function importPoint(point: Uint8Array): Promise<CryptoKey> {
  if (point.length !== pointSize || point[0] !== 4) refuse('broken', 'A public point has 65 bytes and is uncompressed.');
  try {
    return await crypto.subtle.importKey('raw', Uint8Array.from(point), curve, true, []);
  } catch {
    refuse('broken', 'Not a point of the curve.');
  }
}

function importScalar(scalar: Bytes): Promise<CryptoKey> {
  const encoded = concat(pkcs8Head, scalar);
  return crypto.subtle.importKey('pkcs8', encoded, curve, false, ['deriveBits']).finally(() => { wipe(encoded); });
}

async function deriveScalar(seed: Bytes): Promise<Bytes> {
  const pseudorandom = await labeledExtract('dkp_prk', seed);
  for (let counter = 0; counter <= 255; counter++) {
    const candidate = await labeledExpand(pseudorandom, 'candidate', Uint8Array.of(counter));
    if (isScalar(candidate)) return candidate;
  }
  refuse('malformed', 'No key pair follows from this seed.'); // as likely as 256 times one in 2^32
}

/** `suite_id` of RFC 9180 for the KEM alone. */
const labelOf = (label: string): Bytes => concat(ascii('HPKE-v1'), ascii('KEM'), Uint8Array.of(0, 0x10), ascii(label));
const ascii = (value: string): Bytes => new TextEncoder().encode(value);

async function labeledExtract(label: string, material: Bytes): Promise<CryptoKey> {
  const message = concat(labelOf(label), material);
  const extracted = new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(new Uint8Array(32)), message));
  return hmacKey(extracted).finally(() => { wipe(message, extracted); });
}

/** One block of Expand: 32 bytes are all that is needed. */
async function labeledExpand(pseudorandom: CryptoKey, label: string, info: Bytes): Promise<Bytes> {
  const message = concat(Uint8Array.of(0, 32), labelOf(label), info, Uint8Array.of(1));
  return new Uint8Array(await crypto.subtle.sign('HMAC', pseudorandom, message));
}

const hmacKey = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** Leaves one out, order − 1, whose successor is no scalar; nobody will ever draw it. */
const isScalar = (bytes: Uint8Array): boolean => {
  const value = numberOf(bytes);
  return value > 0n && value < order - 1n;
};

function successor(scalar: Uint8Array): Bytes {
  const next = Uint8Array.from(scalar);
  for (let at = next.length - 1; at >= 0; at--) {
    next[at] = ((next[at] ?? 0) + 1) & 0xff;
    if (next[at] !== 0) break;
  }
  return next;
}
