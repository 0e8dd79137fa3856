import { post } from './api';
import { needText, objectAt, type JsonObject } from './json';
import { arriveAs, type Account } from './session';
import { Trouble, calledOff } from './trouble';
import { lockState, readVault, theVault } from './vault';

/** What the browser needs to have: WebAuthn, and its JSON form. Whether a passkey can open the vault shows when it is used. */
export const takesPasskeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

/** The unlock method of a passkey that was added to this account. */
export const passkeyMethod = 'prf';

export interface Shown {
  readonly challengeId: string;
  readonly response: unknown;
  readonly credentialId: string;
  readonly rpId: string;
  readonly prfOutput: Uint8Array<ArrayBuffer> | undefined;
}

/** Signs in. True where the same touch also opened the vault; some passkeys can only do the first. */
export async function signInWithPasskey(): Promise<boolean> {
  const shown = await showPasskey();
  await post('/v1/auth/passkeys/login', { challengeId: shown.challengeId, response: shown.response, session: 'cookie' });
  return openWith(shown, await arriveAs());
}

export async function unlockWithPasskey(account: Account, credentialIds: readonly string[]): Promise<void> {
  const opened = await openWith(await showPasskey(credentialIds), account);
  if (!opened) throw new Trouble('no_prf', 'This passkey signs in, but cannot open the vault in this browser. Use the password.');
}

async function openWith({ prfOutput, rpId, credentialId }: Shown, account: Account): Promise<boolean> {
  if (prfOutput === undefined) return false;
  const rows = await readVault();
  await (await theVault()).unlockWithPasskey({ prfOutput, rpId, credentialId }, { accountId: account.accountId, ...rows });
  lockState.write({ locked: false });
  return true;
}

/** The PRF output stays here: what is sent is built without it. */
async function showPasskey(credentialIds: readonly string[] = []): Promise<Shown> {
  const { passkeyResponseForServer, prfInput } = await import('@keypass/vault-client');
  const asked = await post('/v1/auth/passkeys/login/options');
  const options: JsonObject = { ...objectAt(asked, 'options'), ...(credentialIds.length > 0 && { allowCredentials: credentialIds.map(descriptor) }) };
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
  publicKey.extensions = { ...publicKey.extensions, prf: { eval: { first: await prfInput() } } };
  const credential = await navigator.credentials.get({ publicKey }).catch(declined);
  if (!(credential instanceof PublicKeyCredential)) throw calledOff;
  return {
    challengeId: needText(asked, 'challengeId'),
    response: passkeyResponseForServer(credential),
    credentialId: credential.id,
    rpId: publicKey.rpId ?? location.hostname,
    prfOutput: prfOutputOf(credential),
  };
}

export function prfOutputOf(credential: PublicKeyCredential): Uint8Array<ArrayBuffer> | undefined {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  return first === undefined ? undefined : bytesOf(first);
}

const descriptor = (id: string) => ({ type: 'public-key', id });

function bytesOf(source: BufferSource): Uint8Array<ArrayBuffer> {
  return source instanceof ArrayBuffer ? new Uint8Array(source) : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

/** Browsers say the same for "no", "too late" and "none there", on purpose. */
export function declined(failure: unknown): never {
  if (failure instanceof DOMException && failure.name === 'NotAllowedError') throw calledOff;
  throw new Trouble('passkey_failed', 'The browser could not use a passkey here. Use the password.');
}
