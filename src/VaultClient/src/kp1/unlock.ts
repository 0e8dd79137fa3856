import { concat, equalBytes, lengthPrefixed, type Bytes, type Random } from './bytes';
import { deriveBytes, deriveCipher, purpose, rootOf, type Root } from './derive';
import { checkShape, isSecretSize, nonceSize, open, seal } from './envelope';
import { idBytes, type Id } from './ids';
import { encodeKdf, noKdf, type PasswordKdf } from './kdf';
import { refuse } from './refusal';

/** `ring` is the server's own, of managed vaults; a browser never opens it. */
export type UnlockMethod = 'pw' | 'recovery' | 'prf';

/** What an UNLOCK is bound to. Only a password has a cost; the others carry zeros in its place. */
export interface UnlockAddress {
  readonly accountId: Id;
  readonly vaultId: Id;
  readonly method: UnlockMethod;
  readonly kdf?: PasswordKdf;
}

/** What a password, a recovery code or a passkey becomes. Only `wrapping` opens anything, and nobody can read it. */
export interface Unlocker {
  readonly method: UnlockMethod;
  readonly kdf?: PasswordKdf;
  readonly wrapping: CryptoKey;
  /** COM: stored beside the envelope and compared before decrypting. */
  readonly commitment: Bytes;
  /** AH: what proves the password or the recovery code to the server. A passkey proves itself. */
  readonly authHash?: Bytes;
}

/** `masterSecret` is the password's hash. The caller wipes it. */
export async function unlockerOfPassword(masterSecret: Bytes, kdf: PasswordKdf): Promise<Unlocker> {
  return { method: 'pw', kdf, ...(await withProof(await rootOf('KeyPass/v1/master', masterSecret))) };
}

/** `code` is the 32 characters in their one spelling, as ASCII: no decoding, hence no second spelling of the same secret. */
export async function unlockerOfRecovery(code: Bytes): Promise<Unlocker> {
  return { method: 'recovery', ...(await withProof(await rootOf('KeyPass/v1/recovery', code))) };
}

export async function unlockerOfPasskey(prfOutput: Bytes, rpId: string, credentialId: Bytes): Promise<Unlocker> {
  const root = await rootOf('KeyPass/v1/prf', prfOutput);
  const bound = [lengthPrefixed(rpId), lengthPrefixed(credentialId)];
  return {
    method: 'prf',
    wrapping: await deriveCipher(root, purpose('kek', ...bound)),
    commitment: await deriveBytes(root, purpose('commit', ...bound)),
  };
}

async function withProof(root: Root): Promise<{ wrapping: CryptoKey; commitment: Bytes; authHash: Bytes }> {
  return {
    wrapping: await deriveCipher(root, purpose('kek')),
    commitment: await deriveBytes(root, purpose('commit')),
    authHash: await deriveBytes(root, purpose('auth')),
  };
}

export function sealUnlock(unlocker: Unlocker, accountId: Id, vaultId: Id, vaultKey: Bytes, random?: Random): Promise<Bytes> {
  return seal('unlock', unlocker.wrapping, bindUnlock(unlocker, accountId, vaultId), vaultKey, random && { random });
}

/**
 * AES-GCM commits to no key: a server could send one ciphertext that opens under many passwords, and learn from success or failure
 * which half the person's is in. So what stands beside the envelope is compared first, and nothing is decrypted when it differs.
 */
export async function openUnlock(unlocker: Unlocker, accountId: Id, vaultId: Id, commitment: Uint8Array, envelope: Bytes): Promise<Bytes> {
  if (!equalBytes(commitment, unlocker.commitment)) refuse('wrong-secret', 'This unlock belongs to another secret.');
  checkShape('unlock', envelope, nonceSize, isSecretSize);
  return open(unlocker.wrapping, bindUnlock(unlocker, accountId, vaultId), envelope);
}

function bindUnlock({ method, kdf, commitment }: Unlocker, accountId: Id, vaultId: Id): Bytes[] {
  return [concat(idBytes(accountId), idBytes(vaultId), lengthPrefixed(method), kdf === undefined ? noKdf() : encodeKdf(kdf), commitment)];
}
