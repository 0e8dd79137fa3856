import {
  accountItemKind, encodeKdf, newId, newRecoveryCode, openAccountItem, osRandom, pairFromSeed, sealVaultShare, toBase64url, wipe,
  type Stretch, type Unlocker,
} from '../kp1/index';
import { carryOver, type AccountContent, type CarriedOver, type VaultContents } from './carry-over';
import { newPassword } from './entry';
import { addressOf } from './key-items';
import { expectSameKey, openedFrom, type OpenedVault, type VaultAddress } from './opened';
import { authHashOf, openVaultKey, unlockRow, unlockerOf, type Proof } from './proof';
import type { Reproof, ShareWire } from './rewrap';
import { readBytes, writeKdf, type ItemWire, type KdfWire, type UnlockWire } from './wire';

export interface RotationBody extends CarriedOver {
  readonly unlocks: readonly UnlockWire[];
  readonly shares: readonly ShareWire[];
}

export interface Rotation {
  readonly body: RotationBody;
  readonly recoveryCode: string;
  readonly opened: OpenedVault;
}

export interface RotateVaultAsk extends Reproof, VaultContents {
  readonly account: ItemWire;
  /** Further ways to unlock that are at hand. What is not named here must be set up again: nobody can wrap for it. */
  readonly also: readonly Proof[];
}

/** F16. Credentials and SEALED_KEYs stay as they are. */
export async function rotateVaultKey(old: OpenedVault, ask: RotateVaultAsk, stretch: Stretch): Promise<Rotation> {
  const unlocker = await unlockerOf(ask.proof, stretch);
  const proven = await openVaultKey(unlocker, old, ask.unlocks);
  await expectSameKey(proven, old).finally(() => { wipe(proven); });
  const ways = [wayOf(ask.proof, unlocker)];
  for (const proof of ask.also) ways.push(wayOf(proof, await unlockerOf(proof, stretch)));
  const { seed, kdf } = await openAccountItem(old.root, addressOf(old, ask.account), readBytes(ask.account.envelope));
  try {
    // Whoever proved himself with the recovery code gets a new one in any case.
    return await rotate(old, ask, ways.filter((way) => way.unlocker.method !== 'recovery'), { seed, kdf, item: ask.account }, stretch);
  } finally {
    wipe(seed);
  }
}

export interface ToSealedAsk extends VaultContents, VaultAddress {
  /** The key of the managed vault, from the server, which has known it all the time. */
  readonly vaultKey: string;
  readonly newPassword: string;
  readonly onlyFactor: boolean;
  readonly context: readonly string[];
}

export interface SealedRotation extends Rotation {
  readonly account: { readonly kdf: KdfWire; readonly authHash: string; readonly publicKey: string };
}

/** F19 back: a new key that the server never sees. The provider keys themselves it has seen; rotate them at the provider. */
export async function toSealed(ask: ToSealedAsk, stretch: Stretch): Promise<SealedRotation> {
  const { unlocker, kdf } = await newPassword(ask.newPassword, ask.onlyFactor, ask.context, stretch);
  const vaultKey = readBytes(ask.vaultKey);
  const old = await openedFrom(vaultKey, ask).finally(() => { wipe(vaultKey); });
  const seed = osRandom(32);
  try {
    const item = { id: newId(), kind: accountItemKind, version: 0, envelope: '' };
    const rotation = await rotate(old, ask, [{ unlocker }], { seed, kdf: encodeKdf(kdf), item }, stretch);
    const publicKey = toBase64url((await pairFromSeed(seed)).point);
    return { ...rotation, account: { kdf: writeKdf(kdf), authHash: authHashOf(unlocker), publicKey } };
  } finally {
    wipe(seed);
  }
}

interface Way {
  readonly unlocker: Unlocker;
  readonly credentialId?: string;
}

const wayOf = (proof: Proof, unlocker: Unlocker): Way => (proof.by === 'passkey' ? { unlocker, credentialId: proof.credentialId } : { unlocker });

async function rotate(old: OpenedVault, contents: VaultContents, ways: readonly Way[], account: AccountContent, stretch: Stretch): Promise<Rotation> {
  const recoveryCode = newRecoveryCode();
  const recovery = await unlockerOf({ by: 'recovery', code: recoveryCode }, stretch);
  const vaultKey = osRandom(32);
  try {
    const next = await openedFrom(vaultKey, { ...old, epoch: old.epoch + 1 });
    const unlocks: UnlockWire[] = [];
    for (const way of ways) unlocks.push(await unlockRow(way.unlocker, next, vaultKey, way.credentialId));
    unlocks.push(await unlockRow(recovery, next, vaultKey));
    const shares: ShareWire[] = [];
    for (const admin of contents.admins) {
      const at = { vaultId: next.vaultId, accountId: admin.accountId, epoch: next.epoch };
      const envelope = toBase64url(await sealVaultShare(readBytes(admin.publicKey), at, vaultKey));
      shares.push({ accountId: admin.accountId, epoch: next.epoch, envelope });
    }
    return { recoveryCode, opened: next, body: { ...(await carryOver(old, next, contents, account)), unlocks, shares } };
  } finally {
    wipe(vaultKey);
  }
}
