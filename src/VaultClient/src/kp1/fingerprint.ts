import { concat, type Bytes } from './bytes';
import { idBytes, type Id } from './ids';

// Six words to compare by eye or over the telephone. Each of them is one of 32 joined to one of 64: eleven bits, 66 in all. Words
// of eight bits would give 48, which somebody who may try on his own machines for a day can match.

const firsts = (
  'amber apple black blue bronze cloud copper coral desert dust ember fern forest frost gold green ' +
  'honey iron ivory lemon marble maple mint moon night ocean pearl plum river silver snow sun'
).split(' ');

const seconds = (
  'acorn anchor arrow badger barn basket beacon bell boat bridge broom button camel candle canyon castle ' +
  'chair clock comet crane drum eagle falcon feather fiddle flute garden hammer harbor hedgehog helmet island ' +
  'jacket kettle ladder lantern lion lizard meadow mirror needle otter owl paddle pencil piano pigeon pillow ' +
  'rabbit rocket saddle salmon spider spoon statue table ticket tiger tunnel turtle violin wagon whale window'
).split(' ');

export const wordCount = 6;

export async function fingerprint(content: Bytes): Promise<string[]> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  let bits = digest.subarray(0, 9).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) >> 6n;
  const words: string[] = [];
  for (let at = 0; at < wordCount; at++) {
    words.unshift(wordOf(Number(bits & 0x7ffn)));
    bits >>= 11n;
  }
  return words;
}

/** Of a grant made without access to the vault: both screens must show the same before an admin takes it in. */
export async function grantWords(vaultPoint: Bytes, grantId: Id, grantSecret: Bytes): Promise<string[]> {
  const hashed = new Uint8Array(await crypto.subtle.digest('SHA-256', grantSecret));
  return fingerprint(concat(vaultPoint, idBytes(grantId), hashed));
}

export function wordOf(elevenBits: number): string {
  return `${firsts[elevenBits >> 6] ?? ''}-${seconds[elevenBits & 63] ?? ''}`;
}
