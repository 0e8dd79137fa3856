/** Bytes that WebCrypto takes: never a view on shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Where randomness comes from, so that a test can say what comes out. */
export type Random = (length: number) => Bytes;

export const osRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function text(value: string): Bytes {
  return utf8.encode(value);
}

/** Throws where the bytes are not UTF-8: a replacement character would be a second spelling of the same name. */
export function textOf(bytes: Uint8Array): string {
  return strictUtf8.decode(bytes);
}

export function u16(value: number): Bytes {
  return Uint8Array.of(value >>> 8, value);
}

export function u32(value: number): Bytes {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError('A number of the format has 32 bits.');
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** `LP(x)`: length, then content. The length is what keeps two neighbours from trading letters. */
export function lengthPrefixed(content: string | Uint8Array): Bytes {
  const bytes = typeof content === 'string' ? text(content) : content;
  if (bytes.length > 0xffff) throw new RangeError('A length-prefixed part has at most 65,535 bytes.');
  return concat(u16(bytes.length), bytes);
}

/** Looks at every byte, whatever the first ones say. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  left.forEach((byte, index) => { difference |= byte ^ (right[index] ?? 0); });
  return difference === 0;
}

export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}
