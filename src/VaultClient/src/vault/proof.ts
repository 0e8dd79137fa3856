import {
  fromBase64url, newId, openUnlock, passwordBytes, recoveryCodeBytes, refuse, sealUnlock, toBase64url, unlockerOfPasskey, unlockerOfPassword,
  unlockerOfRecovery, wipe, type Bytes, type Stretch, type Unlocker,
} from '../kp1/index';
import { expectSameKey, type OpenedVault, type VaultAddress } from './opened';
import { readBytes, readKdf, type KdfWire, type UnlockWire } from './wire';

/** What a person shows to open the vault. It stays in this browser. */
export type Proof =
  | { readonly by: 'password'; readonly password: string; readonly kdf: KdfWire }
  | { readonly by: 'recovery'; readonly code: string }
  | PasskeyProof;

export interface PasskeyProof {
  readonly by: 'passkey';
  readonly prfOutput: Bytes;
  readonly rpId: string;
  /** base64url, as `credential.id`. */
  readonly credentialId: string;
}

export async function unlockerOf(proof: Proof, stretch: Stretch): Promise<Unlocker> {
  switch (proof.by) {
    case 'password': {
      const kdf = readKdf(proof.kdf);
      const typed = passwordBytes(proof.password);
      const masterSecret = await stretch(typed, kdf).finally(() => { wipe(typed); });
      return unlockerOfPassword(masterSecret, kdf).finally(() => { wipe(masterSecret); });
    }
    case 'recovery': {
      const code = recoveryCodeBytes(proof.code);
      return unlockerOfRecovery(code).finally(() => { wipe(code); });
    }
    case 'passkey':
      return unlockerOfPasskey(proof.prfOutput, proof.rpId, fromBase64url(proof.credentialId)).finally(() => { wipe(proof.prfOutput); });
  }
}

/** The vault key as bytes. The caller wipes them. */
export async function openVaultKey(unlocker: Unlocker, { accountId, vaultId }: Omit<VaultAddress, 'epoch'>, rows: readonly UnlockWire[]): Promise<Bytes> {
  const commitment = toBase64url(unlocker.commitment);
  const ofMethod = rows.filter((row) => row.method === unlocker.method);
  const row = ofMethod.find((candidate) => candidate.commitment === commitment) ?? ofMethod[0];
  if (row === undefined) refuse('wrong-secret', 'This vault has no unlock of that kind.');
  return openUnlock(unlocker, accountId, vaultId, readBytes(row.commitment), readBytes(row.envelope));
}

/** For the few steps that wrap the vault key anew: proven again, as bytes for the length of one call, zeroed on every way out. */
export async function withVaultKey<Result>(
  opened: OpenedVault, unlocker: Unlocker, rows: readonly UnlockWire[], use: (vaultKey: Bytes) => Promise<Result>,
): Promise<Result> {
  const vaultKey = await openVaultKey(unlocker, opened, rows);
  try {
    await expectSameKey(vaultKey, opened);
    return await use(vaultKey);
  } finally {
    wipe(vaultKey);
  }
}

export async function unlockRow(
  unlocker: Unlocker,
  { accountId, vaultId }: Omit<VaultAddress, 'epoch'>,
  vaultKey: Bytes,
  credentialId?: string,
): Promise<UnlockWire> {
  return {
    id: newId(),
    method: unlocker.method,
    commitment: toBase64url(unlocker.commitment),
    envelope: toBase64url(await sealUnlock(unlocker, accountId, vaultId, vaultKey)),
    // The password's proof stands beside the row, with the account; a recovery code's belongs to its row.
    ...(unlocker.method === 'recovery' && unlocker.authHash && { authHash: toBase64url(unlocker.authHash) }),
    ...(credentialId !== undefined && { credentialId }),
  };
}

export function authHashOf(unlocker: Unlocker): string {
  return toBase64url(unlocker.authHash ?? refuse('malformed', 'A passkey proves itself to the server; nothing is derived for that.'));
}
