import {
  accountItemKind, encodeKdf, newId, newRecoveryCode, openAccountItem, osRandom, pairFromSeed, refuse, sameKdf, sealAccountItem, standardCost,
  toBase64url, wipe, type Id, type PasswordKdf, type Stretch, type Unlocker,
} from '../kp1/index';
import { checkPassword } from '../password/check';
import { openedFrom, type OpenedVault } from './opened';
import { authHashOf, openVaultKey, unlockRow, unlockerOf } from './proof';
import { readBytes, writeKdf, type ItemWire, type KdfWire, type UnlockWire } from './wire';

export interface RegisterAsk {
  readonly email: string;
  readonly password: string;
  /** True until a second factor stands beside the password: then it must be longer. */
  readonly onlyFactor: boolean;
}

export interface RegisterBody {
  readonly email: string;
  readonly accountId: Id;
  readonly vaultId: Id;
  readonly kdf: KdfWire;
  readonly authHash: string;
  readonly publicKey: string;
  readonly vaultPublicKey: string;
  readonly unlocks: readonly UnlockWire[];
  readonly items: readonly ItemWire[];
}

/** F1. The vault is unlocked afterwards; the server knows of it once the body is posted. */
export async function register(ask: RegisterAsk, stretch: Stretch): Promise<{ body: RegisterBody; recoveryCode: string; opened: OpenedVault }> {
  const [accountId, vaultId, itemId] = [newId(), newId(), newId()];
  const address = { accountId, vaultId, epoch: 1 };
  const { unlocker, kdf } = await newPassword(ask.password, ask.onlyFactor, [ask.email], stretch);
  const recoveryCode = newRecoveryCode();
  const vaultKey = osRandom(32);
  const seed = osRandom(32);
  try {
    const opened = await openedFrom(vaultKey, address);
    const recovery = await unlockerOf({ by: 'recovery', code: recoveryCode }, stretch);
    const envelope = await sealAccountItem(opened.root, { vaultId, keyId: itemId, version: 1 }, { seed, kdf: encodeKdf(kdf) });
    const body: RegisterBody = {
      email: ask.email, accountId, vaultId,
      kdf: writeKdf(kdf),
      authHash: authHashOf(unlocker),
      publicKey: toBase64url((await pairFromSeed(seed)).point),
      vaultPublicKey: toBase64url(opened.pair.point),
      unlocks: [await unlockRow(unlocker, address, vaultKey), await unlockRow(recovery, address, vaultKey)],
      items: [{ id: itemId, kind: accountItemKind, version: 1, envelope: toBase64url(envelope) }],
    };
    return { body, recoveryCode, opened };
  } finally {
    wipe(vaultKey, seed);
  }
}

export async function newPassword(
  password: string, onlyFactor: boolean, context: readonly string[], stretch: Stretch,
): Promise<{ unlocker: Unlocker; kdf: PasswordKdf }> {
  const verdict = checkPassword(password, { onlyFactor, context });
  if (!verdict.accepted) refuse('weak-password', verdict.sentence);
  const kdf: PasswordKdf = { ...standardCost, salt: osRandom(16) };
  return { kdf, unlocker: await unlockerOf({ by: 'password', password, kdf: writeKdf(kdf) }, stretch) };
}

export interface UnlockAsk {
  readonly accountId: Id;
  readonly vaultId: Id;
  readonly epoch: number;
  readonly unlocks: readonly UnlockWire[];
  /** pkV as the server has it. Another one would send deposits to somebody else. */
  readonly vaultPublicKey?: string;
  /** The account's own item: says at which cost the password was last set. */
  readonly account?: ItemWire;
}

/** F2, from the step where the envelopes have arrived. */
export async function unlock(unlocker: Unlocker, ask: UnlockAsk): Promise<OpenedVault> {
  const vaultKey = await openVaultKey(unlocker, ask, ask.unlocks);
  const opened = await openedFrom(vaultKey, ask).finally(() => { wipe(vaultKey); });
  if (ask.vaultPublicKey !== undefined && ask.vaultPublicKey !== toBase64url(opened.pair.point)) {
    refuse('broken', 'The server has another public point for this vault.');
  }
  if (ask.account !== undefined) await expectSameCost(opened, ask.account, unlocker.kdf);
  return opened;
}

async function expectSameCost(opened: OpenedVault, item: ItemWire, used: PasswordKdf | undefined): Promise<void> {
  const { seed, kdf } = await openAccountItem(opened.root, { vaultId: opened.vaultId, keyId: item.id, version: item.version }, readBytes(item.envelope));
  wipe(seed);
  if (used !== undefined && !sameKdf(kdf, used)) refuse('kdf-changed', 'The server asked for another password cost than this vault was set to.');
}

