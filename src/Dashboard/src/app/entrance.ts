import type { AnswerOf, KdfWire, Proof } from '@keypass/vault-client';
import { post } from './api';
import { flagAt, needNumber, needText, objectAt, type JsonObject } from './json';
import { normalized, withPassword } from './managed-password';
import { arriveAs, type Account } from './session';
import { Trouble, troubleOf } from './trouble';
import { lockState, readVault, theVault, type VaultRows } from './vault';

type RegisterBody = AnswerOf<'register'>['body'];

// The ways in: sign up, sign in, unlock, recover. The password and the code go to the vault's worker and nowhere else; the server gets
// what is derived from them. Only the two that have `Managed` in their name send a password.

/** Signs in, and opens the vault with the same password. */
export async function signIn(email: string, password: string): Promise<void> {
  const vault = await theVault();
  const { authHash } = await vault.prepareLogin(password, await kdfOf(email));
  await post('/v1/auth/login', { email, authHash, session: 'cookie' });
  await openWithPrepared(await arriveAs());
}

/** Of a managed account: the password goes to the server, and there is nothing to unlock. */
export async function signInManaged(email: string, password: string): Promise<void> {
  await withPassword(password, (typed) => post('/v1/auth/login', { email, password: typed, session: 'cookie' }));
  await arriveAs();
}

/** Opens the vault of whoever is signed in. The server is not told whether the password was right. */
export async function unlockWithPassword(account: Account, password: string): Promise<void> {
  await prove(account, password);
}

/** The password once more, for what a session alone must not do. */
export interface Proven {
  /** For the vault; stays in the browser. */
  readonly proof: Proof;
  /** For the server. */
  readonly currentAuthHash: string;
  readonly rows: VaultRows;
}

/** Opens the vault with it, open or not: a wrong password is found here, and the server counts no failure. */
export async function prove(account: Account, password: string): Promise<Proven> {
  const vault = await theVault();
  const kdf = await kdfOf(account.email);
  const { authHash } = await vault.prepareLogin(password, kdf);
  const rows = await openWithPrepared(account);
  return { proof: { by: 'password', password, kdf }, currentAuthHash: authHash, rows };
}

/** Made in this browser. The account exists once it is posted; the vault is open from here on. */
export async function makeAccount(email: string, password: string): Promise<{ body: RegisterBody; recoveryCode: string }> {
  return (await theVault()).register(email, password);
}

/** True where the server sends a mail first: there is no session yet, and the vault is locked until there is one. */
export async function postAccount(body: RegisterBody, invite: string | undefined): Promise<{ pending: boolean }> {
  const { pending } = await register(body, invite);
  if (pending) {
    (await theVault()).lock();
    return { pending };
  }
  lockState.write({ locked: false });
  await arriveAs();
  return { pending };
}

/** The server makes the vault. */
export async function makeManagedAccount(email: string, password: string, invite: string | undefined): Promise<{ pending: boolean }> {
  const { pending } = await register({ email, password: normalized(password) }, invite);
  if (!pending) await arriveAs();
  return { pending };
}

async function register(body: object, invite: string | undefined): Promise<{ pending: boolean }> {
  // Budgets begin anew at this person's midnight.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const data = await post('/v1/auth/register', { ...body, timeZone, session: 'cookie', ...(invite !== undefined && { invite }) });
  return { pending: flagAt(data, 'pending') };
}

/** With the code: opens the vault, sets a new password, and gives the next code. The old password and the old code end. */
export async function recover(email: string, code: string, newPassword: string): Promise<string> {
  const vault = await theVault();
  const { authHash } = await vault.prepareRecovery(code);
  await post('/v1/auth/recover', { email, authHash, session: 'cookie' });
  const account = await arriveAs();
  const rows = await openWithPrepared(account);
  const { body, recoveryCode } = await vault.ask('changePassword', {
    proof: { by: 'recovery', code }, unlocks: rows.unlocks, account: rows.account, newPassword, onlyFactor: true, context: [email],
  });
  await post('/v1/auth/password', { ...body, session: 'cookie' });
  await arriveAs();
  return recoveryCode ?? '';
}

async function openWithPrepared(account: Account) {
  const rows = await readVault();
  await (await theVault()).unlock({ accountId: account.accountId, ...rows });
  lockState.write({ locked: false });
  return rows;
}

async function kdfOf(email: string): Promise<KdfWire> {
  const kdf: JsonObject = objectAt(await post('/v1/auth/prelogin', { email }), 'kdf');
  return {
    // Any other algorithm, or a cheaper cost, is refused by the vault before it computes anything.
    algorithm: needText(kdf, 'algorithm') as KdfWire['algorithm'],
    memoryKib: needNumber(kdf, 'memoryKib'),
    iterations: needNumber(kdf, 'iterations'),
    parallelism: needNumber(kdf, 'parallelism'),
    salt: needText(kdf, 'salt'),
  };
}

/** The same refusal, in the words of the place where it happened. */
export function inOtherWords(failure: unknown, words: Readonly<Record<string, string>>): Trouble {
  const trouble = troubleOf(failure);
  const message = words[trouble.code];
  return message === undefined ? trouble : new Trouble(trouble.code, message, trouble);
}
