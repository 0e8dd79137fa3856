import { get, onSessionOver, post } from './api';
import { flagAt, needText, textAt, type JsonObject } from './json';
import { storeOf } from './store';
import { troubleOf, type Trouble } from './trouble';
import { lockVault } from './vault';

export interface Account {
  readonly accountId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | undefined;
  /** One of IANA's names. */
  readonly timeZone: string;
  readonly custody: string;
  /** The password itself only of an account that was made managed, and never sealed since. */
  readonly signsInWith: 'authHash' | 'password';
  readonly createdAt: string;
  readonly operator: boolean;
}

export type Session =
  | { readonly state: 'asking' }
  | { readonly state: 'nobody' }
  | { readonly state: 'unclear'; readonly trouble: Trouble }
  | { readonly state: 'signed-in'; readonly account: Account };

/** Who is signed in. The credential itself is in a cookie that no script can read. */
export const session = storeOf<Session>({ state: 'asking' });

/** Whoever is signed in, where that is known. */
export function theAccount(): Account | undefined {
  const who = session.read();
  return who.state === 'signed-in' ? who.account : undefined;
}

/** Whether the server plays the vault's part for this account: it seals what it is sent, and nothing is unlocked here. */
export const isManaged = (): boolean => theAccount()?.custody === 'managed';

/** The server sets it beside the session, so that a visitor's pages need not ask. It opens nothing. */
const sign = '__Host-keypass-signed-in';

/** Other tabs of this browser: they share the cookie, and so the person. */
const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('keypass-session');

export async function findSession(): Promise<void> {
  if (!document.cookie.includes(`${sign}=1`)) {
    settle({ state: 'nobody' });
    return;
  }
  try {
    settle({ state: 'signed-in', account: readAccount(await get('/v1/account')) });
  } catch (failure) {
    const trouble = troubleOf(failure);
    if (trouble.code !== 'credential_required') settle({ state: 'unclear', trouble });
  }
}

/** After a route that gave this browser a session: every tab is that person now. */
export async function arriveAs(): Promise<Account> {
  const account = readAccount(await get('/v1/account'));
  settle({ state: 'signed-in', account });
  tabs?.postMessage('changed');
  return account;
}

/** After the account itself is gone: there is no session left to end. */
export function accountIsGone(): void {
  document.cookie = `${sign}=; Path=/; Secure; SameSite=Strict; Max-Age=0`;
  settle({ state: 'nobody' });
  tabs?.postMessage('changed');
}

export async function signOut(): Promise<void> {
  await lockVault();
  await post('/v1/auth/logout');
  settle({ state: 'nobody' });
  tabs?.postMessage('changed');
}

/** A vault of one person must not stay open while the cookie is another's. */
function settle(next: Session): void {
  const before = session.read();
  const same = before.state === 'signed-in' && next.state === 'signed-in' && before.account.accountId === next.account.accountId;
  if (before.state === 'signed-in' && !same && next.state !== 'unclear') void lockVault();
  session.write(next);
}

onSessionOver(() => {
  document.cookie = `${sign}=; Path=/; Secure; SameSite=Strict; Max-Age=0`;
  settle({ state: 'nobody' });
});
tabs?.addEventListener('message', () => { void findSession(); });

function readAccount(data: JsonObject): Account {
  return {
    accountId: needText(data, 'accountId'),
    email: needText(data, 'email'),
    emailVerified: flagAt(data, 'emailVerified'),
    name: textAt(data, 'name'),
    timeZone: textAt(data, 'timeZone') ?? 'UTC',
    custody: textAt(data, 'custody') ?? 'sealed',
    signsInWith: textAt(data, 'signsInWith') === 'password' ? 'password' : 'authHash',
    createdAt: needText(data, 'createdAt'),
    operator: flagAt(data, 'operator'),
  };
}
