import { concat, lengthPrefixed, textOf, wipe, type Bytes } from './bytes';
import { refuse } from './refusal';
import { isOrigin, isProvider, isScheme, isSecret, type KeyScheme } from './key-rules';

/** A provider key as it lies in an envelope: where it may be sent, how, and the secret itself. */
export interface Payload {
  readonly provider: string;
  readonly origin: string;
  readonly scheme: KeyScheme;
  readonly secret: Bytes;
}

const block = 256;
const maxSize = 32 * block; // a Google service account with a 4096-bit key is about 4 KB

export const isPayloadSize = (size: number): boolean => size > 0 && size <= maxSize && size % block === 0;

/** Padded to whole blocks, so that the size of an envelope does not tell a key's length. */
export function encodePayload(payload: Payload): Bytes {
  checkPayload(payload);
  const bare = concat(Uint8Array.of(1), lengthPrefixed(payload.provider), lengthPrefixed(payload.origin), Uint8Array.of(payload.scheme),
    lengthPrefixed(payload.secret));
  try {
    return pad(bare);
  } finally {
    wipe(bare);
  }
}

/**
 * There is exactly one way to write a payload; every other is refused. What was sealed may have been sealed by anyone who knew a
 * public point, so everything asked before sealing is asked again.
 */
export function decodePayload(plain: Bytes): Payload {
  const size = plain.length;
  let at = 0;
  const take = (length: number): Bytes => {
    if (at + length > size) refuse('broken', 'The payload ends too early.');
    at += length;
    return plain.slice(at - length, at);
  };
  const takePrefixed = (): Bytes => {
    const [high = 0, low = 0] = take(2);
    return take((high << 8) | low);
  };
  if (!isPayloadSize(size) || take(1)[0] !== 1) refuse('broken', 'Not a payload of this version.');
  const provider = readText(takePrefixed());
  const origin = readText(takePrefixed());
  const scheme = take(1)[0] ?? 0;
  const secret = takePrefixed();
  if (!isPadding(plain, at)) refuse('broken', 'The payload is not padded as it must be.');
  if (!isScheme(scheme)) refuse('broken', 'The payload names an unknown scheme.');
  const payload = { provider, origin, scheme, secret };
  checkPayload(payload);
  return payload;
}

/** The account's own item shares the padding, so that it looks like any other item. */
export function pad(bare: Uint8Array): Bytes {
  const padded = new Uint8Array((Math.floor(bare.length / block) + 1) * block);
  if (!isPayloadSize(padded.length)) refuse('malformed', 'The payload is too long.');
  padded.set(bare);
  padded[bare.length] = 0x80;
  return padded;
}

/** `end` is where the content ends. The shortest padding is the only one. */
export function isPadding(plain: Uint8Array, end: number): boolean {
  return plain.length - end <= block && plain[end] === 0x80 && plain.subarray(end + 1).every((byte) => byte === 0);
}

function checkPayload({ provider, origin, scheme, secret }: Payload): void {
  if (!isProvider(provider)) refuse('malformed', 'Not the name of a provider.');
  if (!isOrigin(origin)) refuse('malformed', 'An origin is https://host[:port] in lower case, with nothing behind it.');
  if (!isSecret(scheme, secret)) refuse('malformed', 'The key has a character that a provider key cannot have.');
}

function readText(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch {
    refuse('broken', 'The payload is not text where it must be.');
  }
}

/** What SEALED_KEY and DEPOSIT are bound to besides their ids. */
export function boundNames({ provider, origin }: Pick<Payload, 'provider' | 'origin'>): Bytes {
  return concat(lengthPrefixed(provider), lengthPrefixed(origin));
}
