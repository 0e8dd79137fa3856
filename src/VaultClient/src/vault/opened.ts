import { deriveBytes, equalBytes, purpose, refuse, rootOf, vaultPair, wipe, type Bytes, type Id, type Root, type VaultPair } from '../kp1/index';

/** A vault while it is unlocked. The vault key is in `root` only, where nobody can read it. */
export interface OpenedVault {
  readonly accountId: Id;
  readonly vaultId: Id;
  readonly epoch: number;
  readonly root: Root;
  readonly pair: VaultPair;
}

export interface VaultAddress {
  readonly accountId: Id;
  readonly vaultId: Id;
  readonly epoch: number;
}

/** The caller wipes `vaultKey`. */
export async function openedFrom(vaultKey: Bytes, { accountId, vaultId, epoch }: VaultAddress): Promise<OpenedVault> {
  const root = await rootOf('KeyPass/v1/vault', vaultKey);
  return { accountId, vaultId, epoch, root, pair: await vaultPair(root) };
}

/** An unlock row of an earlier epoch opens too, and to the wrong key: what is re-wrapped must be what is in use. */
export async function expectSameKey(vaultKey: Bytes, opened: OpenedVault): Promise<void> {
  const read = await deriveBytes(await rootOf('KeyPass/v1/vault', vaultKey), purpose('kem'));
  const held = await deriveBytes(opened.root, purpose('kem'));
  const same = equalBytes(read, held);
  wipe(read, held);
  if (!same) refuse('broken', 'This unlock opens another vault key than the one in use.');
}
