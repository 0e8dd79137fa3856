import {
  encodeKdf, newRecoveryCode, openAccountItem, sealAccountItem, sealVaultShare, fingerprint, toBase64url, wipe, type Id, type PasswordKdf, type Stretch,
} from '../kp1/index';
import { newPassword } from './entry';
import { addressOf } from './key-items';
import type { OpenedVault } from './opened';
import { authHashOf, unlockRow, unlockerOf, withVaultKey, type PasskeyProof, type Proof } from './proof';
import { readBytes, writeKdf, type ItemWire, type KdfWire, type UnlockWire } from './wire';

// The steps that wrap the vault key anew: each asks for the proof again, has the key as bytes for one call, and zeroes them.

export interface Reproof {
  readonly proof: Proof;
  /** The rows as the server has them now. */
  readonly unlocks: readonly UnlockWire[];
}

export interface ChangePasswordAsk extends Reproof {
  readonly newPassword: string;
  readonly onlyFactor: boolean;
  readonly context: readonly string[];
  readonly account: ItemWire;
}

/** The body to post. */
export interface ChangePasswordBody {
  /** Proves the old password, or the recovery code. A passkey proves itself. */
  readonly currentAuthHash?: string;
  readonly kdf: KdfWire;
  readonly authHash: string;
  readonly unlock: UnlockWire;
  readonly account: ItemWire;
  readonly recovery?: UnlockWire;
}

export interface ChangedPassword {
  readonly body: ChangePasswordBody;
  /** A code that was typed may have been seen: whoever came with it leaves with another. */
  readonly recoveryCode?: string;
}

/** F12, and the end of F13. The vault key stays; F16 changes that. */
export async function changePassword(opened: OpenedVault, ask: ChangePasswordAsk, stretch: Stretch): Promise<ChangedPassword> {
  const { unlocker, kdf } = await newPassword(ask.newPassword, ask.onlyFactor, ask.context, stretch);
  const current = await unlockerOf(ask.proof, stretch);
  const recoveryCode = ask.proof.by === 'recovery' ? newRecoveryCode() : undefined;
  const recovery = recoveryCode === undefined ? undefined : await unlockerOf({ by: 'recovery', code: recoveryCode }, stretch);
  const rows = await withVaultKey(opened, current, ask.unlocks, async (vaultKey) => ({
    unlock: await unlockRow(unlocker, opened, vaultKey),
    ...(recovery && { recovery: await unlockRow(recovery, opened, vaultKey) }),
  }));
  const body = {
    ...(current.authHash && { currentAuthHash: authHashOf(current) }),
    kdf: writeKdf(kdf),
    authHash: authHashOf(unlocker),
    account: await withCost(opened, ask.account, kdf),
    ...rows,
  };
  return { body, ...(recoveryCode !== undefined && { recoveryCode }) };
}

async function withCost(opened: OpenedVault, item: ItemWire, kdf: PasswordKdf): Promise<ItemWire> {
  const { seed } = await openAccountItem(opened.root, addressOf(opened, item), readBytes(item.envelope));
  const next = { ...item, version: item.version + 1 };
  const envelope = await sealAccountItem(opened.root, addressOf(opened, next), { seed, kdf: encodeKdf(kdf) }).finally(() => { wipe(seed); });
  return { ...next, envelope: toBase64url(envelope) };
}

/** F14. */
export async function addPasskey(opened: OpenedVault, ask: Reproof, passkey: PasskeyProof, stretch: Stretch): Promise<UnlockWire> {
  const added = await unlockerOf(passkey, stretch);
  return withVaultKey(opened, await unlockerOf(ask.proof, stretch), ask.unlocks, (vaultKey) => unlockRow(added, opened, vaultKey, passkey.credentialId));
}

/** A recovery code that was shown, used or lost is replaced. */
export async function replaceRecoveryCode(opened: OpenedVault, ask: Reproof, stretch: Stretch): Promise<{ recoveryCode: string; unlock: UnlockWire }> {
  const recoveryCode = newRecoveryCode();
  const added = await unlockerOf({ by: 'recovery', code: recoveryCode }, stretch);
  const unlock = await withVaultKey(opened, await unlockerOf(ask.proof, stretch), ask.unlocks, (vaultKey) => unlockRow(added, opened, vaultKey));
  return { recoveryCode, unlock };
}

export interface AdminWire {
  readonly accountId: Id;
  readonly publicKey: string;
}

export interface ShareWire {
  readonly accountId: Id;
  readonly epoch: number;
  readonly envelope: string;
}

/** F15. Whoever calls this has compared the words of `wordsOfAdmin` with the other admin. */
export async function shareVault(opened: OpenedVault, ask: Reproof, admin: AdminWire, stretch: Stretch): Promise<ShareWire> {
  const { accountId } = admin;
  const at = { vaultId: opened.vaultId, accountId, epoch: opened.epoch };
  const envelope = await withVaultKey(opened, await unlockerOf(ask.proof, stretch), ask.unlocks, (vaultKey) =>
    sealVaultShare(readBytes(admin.publicKey), at, vaultKey));
  return { accountId, epoch: opened.epoch, envelope: toBase64url(envelope) };
}

export function wordsOfAdmin(admin: AdminWire): Promise<string[]> {
  return fingerprint(readBytes(admin.publicKey));
}

/**
 * F19: the vault key itself, for the server's ring. From then on the server can read every key of this vault; whoever calls this has
 * had the person type that they want it.
 */
export async function toManaged(opened: OpenedVault, ask: Reproof, stretch: Stretch): Promise<{ vaultKey: string }> {
  return withVaultKey(opened, await unlockerOf(ask.proof, stretch), ask.unlocks, (vaultKey) => Promise.resolve({ vaultKey: toBase64url(vaultKey) }));
}
