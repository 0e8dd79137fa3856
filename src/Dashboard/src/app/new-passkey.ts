import { post } from './api';
import { needText, objectAt } from './json';
import { declined, prfOutputOf, type Shown } from './passkey';
import { Trouble, calledOff } from './trouble';

/** A new passkey, made and not yet known to the server. The caller wipes the output. */
export type MadePasskey = Shown & { readonly prfOutput: Uint8Array<ArrayBuffer> };

/** One that could only sign in is not kept: a vault that stays locked is no way in. */
export async function makePasskey(): Promise<MadePasskey> {
  const { passkeyResponseForServer, prfInput } = await import('@keypass/vault-client');
  const asked = await post('/v1/auth/passkeys/options');
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(objectAt(asked, 'options') as unknown as PublicKeyCredentialCreationOptionsJSON);
  const evaluated = { eval: { first: await prfInput() } };
  publicKey.extensions = { ...publicKey.extensions, prf: evaluated };
  const credential = await navigator.credentials.create({ publicKey }).catch(declinedNew);
  if (!(credential instanceof PublicKeyCredential)) throw calledOff;
  const rpId = publicKey.rp.id ?? location.hostname;
  try {
    const prfOutput = prfOutputOf(credential) ?? await askForOutput(credential, rpId, evaluated);
    if (prfOutput === undefined) throw cannotUnlock;
    return { challengeId: needText(asked, 'challengeId'), response: passkeyResponseForServer(credential), credentialId: credential.id, rpId, prfOutput };
  } catch (failure) {
    await forgetPasskey(rpId, credential.id);
    throw failure;
  }
}

/** Tells the browser that nobody knows this passkey, where it can be told, so that it is not offered again. */
export async function forgetPasskey(rpId: string, credentialId: string): Promise<void> {
  if (typeof PublicKeyCredential.signalUnknownCredential !== 'function') return;
  await PublicKeyCredential.signalUnknownCredential({ rpId, credentialId }).catch(() => undefined);
}

/** Some authenticators compute the output only when a passkey is used. The challenge is nobody's: what is signed goes nowhere. */
async function askForOutput(
  made: PublicKeyCredential, rpId: string, evaluated: AuthenticationExtensionsPRFInputs,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (made.getClientExtensionResults().prf?.enabled !== true) return undefined;
  const publicKey: PublicKeyCredentialRequestOptions = {
    challenge: crypto.getRandomValues(new Uint8Array(32)), rpId, userVerification: 'required',
    allowCredentials: [{ type: 'public-key', id: made.rawId }], extensions: { prf: evaluated },
  };
  const used = await navigator.credentials.get({ publicKey }).catch(declined);
  return used instanceof PublicKeyCredential ? prfOutputOf(used) : undefined;
}

const cannotUnlock = new Trouble(
  'no_prf',
  'This passkey could sign in but not open the vault: the browser, or what keeps the passkey, lacks the extension for that (PRF). It was not added. '
  + 'Try another device or password manager.',
);

function declinedNew(failure: unknown): never {
  if (failure instanceof DOMException && failure.name === 'InvalidStateError') {
    throw new Trouble('passkey_known', 'This device has a passkey of your account already. It is in the list; remove it there to make another.');
  }
  return declined(failure);
}
