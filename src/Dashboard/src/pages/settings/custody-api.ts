import { post } from '../../app/api';
import type { Proven } from '../../app/entrance';
import { needNumber, needText } from '../../app/json';
import { arriveAs, type Account } from '../../app/session';
import { askVault, lockVault, theVault } from '../../app/vault';
import { makeRotation, readContents, settle, type MadeRotation } from './rotate-vault';

/** F19: typed out by whoever wants it, letter by letter. The server compares them too. */
export const sentences = { managed: 'the server may read my keys', sealed: 'only my browser may read my keys' } as const;

/** From here on the server's ring holds the vault's key. There is nothing left to unlock in this browser. */
export async function letServerOpen({ proof, currentAuthHash, rows }: Proven, confirmation: string): Promise<void> {
  const { vaultKey } = await askVault('toManaged', { proof, unlocks: rows.unlocks });
  await post('/v1/vault/custody', { custody: 'managed', confirmation, currentAuthHash, vaultKey, session: 'cookie' });
  await lockVault();
  await arriveAs();
}

/** Back again, of an account whose password the server never had: a new vault key, and the same password. */
export function sealAgain(proven: Proven, confirmation: string): Promise<MadeRotation> {
  const { currentAuthHash } = proven;
  return makeRotation(proven, (rotation) => post('/v1/vault/custody', { custody: 'sealed', confirmation, currentAuthHash, rotation, session: 'cookie' }));
}

/** Of an account that was made managed: the server hands its key over, and everything goes under one that it never sees, by a password likewise. */
export async function sealFirst(account: Account, currentPassword: string, newPassword: string, confirmation: string): Promise<MadeRotation> {
  const handed = await post('/v1/vault/custody/open', { confirmation, currentPassword });
  const { body, recoveryCode, account: sealed } = await (await theVault()).ask('toSealed', {
    ...await readContents(), accountId: needText(handed, 'accountId'), vaultId: needText(handed, 'vaultId'), epoch: needNumber(handed, 'epoch'),
    vaultKey: needText(handed, 'vaultKey'), newPassword, onlyFactor: true, context: [account.email],
  });
  const send = (rotation: typeof body) => post('/v1/vault/custody', {
    custody: 'sealed', confirmation, currentPassword, rotation, account: sealed, session: 'cookie',
  });
  return { recoveryCode, leftBehind: body.discarded.length, settle: () => settle(body, send) };
}
