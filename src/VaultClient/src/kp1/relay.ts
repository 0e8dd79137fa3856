import { concat, osRandom, text, textOf, wipe, type Bytes, type Random } from './bytes';
import { expectCredential, type Credential } from './credential';
import { deriveCipher, rootOf } from './derive';
import { nonceSize, tagSize } from './envelope';
import { idBytes, type Id } from './ids';
import { refuse } from './refusal';

// Delivery of the public token when the window that asked cannot be reached: AES-GCM under a key that follows from the link token,
// which the server never stores. It has no header, as it is no envelope of a vault: nonce, ciphertext, tag.

export async function sealRelay(linkToken: Credential, sessionId: Id, publicToken: Credential, random: Random = osRandom): Promise<Bytes> {
  const plain = text(expectCredential(publicToken, 'kp_pt_'));
  const nonce = random(nonceSize);
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, await relayCipher(linkToken, sessionId), plain);
  wipe(plain);
  return concat(nonce, new Uint8Array(body));
}

export async function openRelay(linkToken: Credential, sessionId: Id, sealed: Bytes): Promise<Credential> {
  if (sealed.length <= nonceSize + tagSize) refuse('broken', 'The relayed message is too short.');
  const cipher = await relayCipher(linkToken, sessionId);
  const iv = sealed.slice(0, nonceSize);
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, cipher, sealed.slice(nonceSize)).then(
    (bytes) => new Uint8Array(bytes),
    () => refuse('broken', 'The relayed message does not open.'),
  );
  return expectCredential(textOf(plain), 'kp_pt_');
}

/** What stands in a URL for the link token: half of its hash, which leads nowhere. */
export async function linkReference(linkToken: Credential): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text(expectCredential(linkToken, 'kp_lt_')))).slice(0, 16);
}

async function relayCipher(linkToken: Credential, sessionId: Id): Promise<CryptoKey> {
  const bytes = text(expectCredential(linkToken, 'kp_lt_'));
  const root = await rootOf('KeyPass/v1/relay', bytes).finally(() => { wipe(bytes); });
  return deriveCipher(root, idBytes(sessionId));
}
