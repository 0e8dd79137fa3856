import type { AnswerOf, AskOf, ItemWire, OperationName, UnlockWire, Vault } from '@keypass/vault-client';
import { get } from './api';
import { flagAt, needNumber, needText, objectsAt, textAt, type JsonObject } from './json';
import { storeOf } from './store';
import { calledOff, distrust, Trouble } from './trouble';

export type LockState = { readonly locked: true; readonly because?: 'asked' | 'idle' } | { readonly locked: false };

/** Whether the vault's worker holds the vault key. A page that was loaded anew starts locked: the key is nowhere else. */
export const lockState = storeOf<LockState>({ locked: true });

/** Who waits for the vault to be opened; the unlock dialog answers. */
export const unlockAsked = storeOf<((opened: boolean) => void) | undefined>(undefined);

let opening: Promise<Vault> | undefined;

/** The one vault of the app. Its code is fetched when it is first needed. */
export function theVault(): Promise<Vault> {
  opening ??= import('@keypass/vault-client/browser').then(({ openVaultInPage }) => {
    const vault = openVaultInPage();
    vault.onLock((because) => { lockState.write({ locked: true, because }); });
    return vault;
  });
  opening.catch(() => { opening = undefined; });
  return opening;
}

/** Asks the vault, after asking the person to unlock it where that is needed. */
export async function askVault<Name extends OperationName>(operation: Name, question: AskOf<Name>): Promise<AnswerOf<Name>> {
  const vault = await theVault();
  // A tab that slept is past its time before its timer has told anyone.
  if ((await vault.status()).locked) await unlocked();
  return vault.ask(operation, question);
}

let asking: Promise<boolean> | undefined;

/** Settles once the vault is open; a person who would rather not has called the deed off. Who asks meanwhile waits for the same answer. */
export async function unlocked(): Promise<void> {
  asking ??= new Promise<boolean>((resolve) => { unlockAsked.write(resolve); }).finally(() => {
    asking = undefined;
    unlockAsked.write(undefined);
  });
  if (!await asking) throw calledOff;
}

export async function lockVault(): Promise<void> {
  if (opening !== undefined) (await opening).lock();
  lockState.write({ locked: true, because: 'asked' });
}

/** What the server keeps of the vault: it opens none of it. */
export interface VaultRows {
  readonly vaultId: string;
  readonly epoch: number;
  readonly vaultPublicKey: string;
  readonly unlocks: readonly UnlockWire[];
  readonly account: ItemWire;
}

export async function readVault(): Promise<VaultRows> {
  const data = await get('/v1/vault');
  const account = objectsAt(data, 'items').find((item) => textAt(item, 'kind') === 'account') ?? {};
  // It says at which cost the password was set: one that was altered is not worked around.
  if (flagAt(account, 'broken')) throw new Trouble('broken', distrust);
  return {
    vaultId: needText(data, 'vaultId'),
    epoch: needNumber(data, 'epoch'),
    vaultPublicKey: needText(data, 'publicKey'),
    // One that does not match its seal has no envelope, and opens nothing; the others do.
    unlocks: objectsAt(data, 'unlocks').filter((row) => textAt(row, 'envelope') !== undefined).map(readUnlock),
    account: { id: needText(account, 'id'), kind: 'account', version: needNumber(account, 'version'), envelope: needText(account, 'envelope') },
  };
}

function readUnlock(row: JsonObject): UnlockWire {
  const credentialId = textAt(row, 'credentialId');
  return {
    id: needText(row, 'id'), method: needText(row, 'method'), commitment: needText(row, 'commitment'), envelope: needText(row, 'envelope'),
    ...(credentialId !== undefined && { credentialId }),
  };
}
