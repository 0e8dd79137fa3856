import { get, patch, post, put, remove } from '../../app/api';
import type { Proven } from '../../app/entrance';
import { flagAt, needText, objectsAt, textAt } from '../../app/json';
import { normalized } from '../../app/managed-password';
import { forgetPasskey, makePasskey } from '../../app/new-passkey';
import { passkeyMethod } from '../../app/passkey';
import { arriveAs, type Account } from '../../app/session';
import { askVault, readVault } from '../../app/vault';

export interface PasskeyRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
  /** False where what it unlocks with does not match its seal. */
  readonly unlocks: boolean;
}

export async function listPasskeys(): Promise<readonly PasskeyRow[]> {
  const [data, { unlocks }] = await Promise.all([get('/v1/auth/passkeys'), readVault()]);
  const opening = new Set(unlocks.filter(({ method }) => method === passkeyMethod).map(({ credentialId }) => credentialId));
  return objectsAt(data, 'items').map((row) => ({
    id: needText(row, 'id'), name: needText(row, 'name'), createdAt: needText(row, 'createdAt'), lastUsedAt: textAt(row, 'lastUsedAt'),
    unlocks: opening.has(needText(row, 'credentialId')),
  }));
}

/** F14. The output goes from the authenticator to the vault's worker, and nowhere else. */
export async function addPasskey({ proof, currentAuthHash, rows }: Proven, name: string): Promise<void> {
  const { challengeId, response, credentialId, rpId, prfOutput } = await makePasskey();
  try {
    const passkey = { by: 'passkey', prfOutput, rpId, credentialId } as const;
    const unlock = await askVault('addPasskey', { proof, unlocks: rows.unlocks, passkey });
    await post('/v1/auth/passkeys', { challengeId, response, unlock, name, currentAuthHash });
  } catch (failure) {
    await forgetPasskey(rpId, credentialId);
    throw failure;
  } finally {
    prfOutput.fill(0);
  }
}

export async function renamePasskey(id: string, name: string): Promise<void> {
  await patch(`/v1/auth/passkeys/${id}`, { name });
}

export async function removePasskey(id: string): Promise<void> {
  await remove(`/v1/auth/passkeys/${id}`);
}

/** F12. Every session ends; the answer is a new one for this browser. */
export async function changePassword(account: Account, { proof, rows }: Proven, newPassword: string): Promise<void> {
  const { body } = await askVault('changePassword', {
    proof, unlocks: rows.unlocks, account: rows.account, newPassword, onlyFactor: true, context: [account.email],
  });
  await post('/v1/auth/password', { ...body, session: 'cookie' });
  await arriveAs();
}

/** Of an account that signs in with it. */
export async function changeManagedPassword(currentPassword: string, password: string): Promise<void> {
  await post('/v1/auth/password', { currentPassword, password: normalized(password), session: 'cookie' });
  await arriveAs();
}

/** A code that is made and not yet valid, and the deed that makes it so. */
export interface NewCode {
  readonly recoveryCode: string;
  readonly settle: () => Promise<void>;
}

export async function makeRecoveryCode({ proof, currentAuthHash, rows }: Proven): Promise<NewCode> {
  const { recoveryCode, unlock } = await askVault('replaceRecoveryCode', { proof, unlocks: rows.unlocks });
  return { recoveryCode, settle: async () => { await put('/v1/vault/unlocks', { currentAuthHash, unlock }); } };
}

export interface SessionRow {
  readonly id: string;
  readonly device: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly current: boolean;
}

export async function listSessions(): Promise<readonly SessionRow[]> {
  const rows = objectsAt(await get('/v1/account/sessions'), 'items').map((row) => ({
    id: needText(row, 'id'), device: textAt(row, 'device') ?? '', createdAt: needText(row, 'createdAt'), lastUsedAt: needText(row, 'lastUsedAt'),
    current: flagAt(row, 'current'),
  }));
  return rows.sort((one, other) => Number(other.current) - Number(one.current) || other.lastUsedAt.localeCompare(one.lastUsedAt));
}

export async function endSession(id: string): Promise<void> {
  await remove(`/v1/account/sessions/${id}`);
}
