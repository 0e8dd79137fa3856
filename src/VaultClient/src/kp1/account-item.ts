import { concat, equalBytes, lengthPrefixed, wipe, type Bytes, type Random } from './bytes';
import type { Root } from './derive';
import { openItemBytes, sealItemBytes, type ItemAddress } from './items';
import { encodeKdf, type PasswordKdf } from './kdf';
import { isPadding, pad } from './payload';
import { refuse } from './refusal';

// The one VAULT_ITEM that holds no provider key: the seed of the account's own pair, and the password's cost as the owner last set
// it. Same envelope and padding as any other; its first byte is 2 where a payload's is 1, so that neither is ever read as the other.

/** The `kind` of the row. */
export const accountItemKind = 'account';

export interface AccountSecrets {
  /** From which (skU, pkU) follow. The caller wipes it. */
  readonly seed: Bytes;
  /** As encoded, 26 bytes; zeros where the account has no password. */
  readonly kdf: Bytes;
}

const head = concat(Uint8Array.of(2), lengthPrefixed('account'));
const size = head.length + 32 + 26;

export async function sealAccountItem(
  vault: Root, address: ItemAddress, { seed, kdf }: AccountSecrets, random?: Random,
): Promise<Bytes> {
  const bare = concat(head, seed, kdf);
  const plain = pad(bare);
  return sealItemBytes(vault, address, plain, random).finally(() => { wipe(bare, plain); });
}

export async function openAccountItem(vault: Root, address: ItemAddress, envelope: Bytes): Promise<AccountSecrets> {
  const plain = await openItemBytes(vault, address, envelope);
  try {
    if (!equalBytes(plain.subarray(0, head.length), head) || !isPadding(plain, size)) refuse('broken', 'This item is not the account’s own.');
    return { seed: plain.slice(head.length, head.length + 32), kdf: plain.slice(head.length + 32, size) };
  } finally {
    wipe(plain);
  }
}

export const sameKdf = (inside: Bytes, used: PasswordKdf): boolean => equalBytes(inside, encodeKdf(used));
