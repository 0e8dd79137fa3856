import { concat, lengthPrefixed, osRandom, u32, wipe, type Bytes, type Random } from './bytes';
import { deriveCipher, deriveSigner, purpose, rootOf, type Root } from './derive';
import { checkShape, isSecretSize, nonceSize, open, seal, type EnvelopeType } from './envelope';
import { idBytes, type Id } from './ids';
import type { ItemAddress } from './items';
import { boundNames, decodePayload, encodePayload, isPayloadSize, type Payload } from './payload';
import { refuse } from './refusal';

// A grant has a random secret G. Credentials wrap G, provider keys are sealed under keys derived from G, and the vault holds G
// too (ESCROW): so the owner can re-seal a rotated provider key for every grant without knowing any credential.

export interface GrantAddress {
  readonly vaultId: Id;
  readonly grantId: Id;
}

type Names = Pick<Payload, 'provider' | 'origin'>;

export const newGrantSecret = (random: Random = osRandom): Bytes => random(32);

export const grantRoot = (grantSecret: Bytes): Promise<Root> => rootOf('KeyPass/v1/grant', grantSecret);

/** TOKEN_WRAP: G under a credential string. `rowId` is the row of `token_wraps` it will lie in. */
export async function wrapForCredential(credential: Root, at: GrantAddress, rowId: Id, grantSecret: Bytes, random?: Random): Promise<Bytes> {
  return sealSecret('tokenWrap', await wrapCipher(credential, at, rowId), [...bindGrant(at), idBytes(rowId)], grantSecret, random);
}

export async function unwrapWithCredential(credential: Root, at: GrantAddress, rowId: Id, envelope: Bytes): Promise<Bytes> {
  return openSecret('tokenWrap', await wrapCipher(credential, at, rowId), [...bindGrant(at), idBytes(rowId)], envelope);
}

/** ESCROW: G under the vault key. The label is the app's client id, or the name of the virtual key. */
export async function sealEscrow(vault: Root, at: GrantAddress, label: string, grantSecret: Bytes, random?: Random): Promise<Bytes> {
  return sealSecret('escrow', await escrowCipher(vault, at), [...bindGrant(at), lengthPrefixed(label)], grantSecret, random);
}

export async function openEscrow(vault: Root, at: GrantAddress, label: string, envelope: Bytes): Promise<Bytes> {
  return openSecret('escrow', await escrowCipher(vault, at), [...bindGrant(at), lengthPrefixed(label)], envelope);
}

/** SEALED_KEY: one version of one provider key for one grant. One key, one message. */
export async function sealForGrant(grant: Root, grantId: Id, item: ItemAddress, payload: Payload, random?: Random): Promise<Bytes> {
  const plain = encodePayload(payload);
  try {
    return await seal('sealedKey', await sealedKeyCipher(grant, grantId, item), bindSealedKey(grantId, item, payload), plain, random && { random });
  } finally {
    wipe(plain);
  }
}

export async function openForGrant(
  grant: Root, grantId: Id, item: ItemAddress, names: Names, envelope: Bytes,
): Promise<Payload> {
  checkShape('sealedKey', envelope, nonceSize, isPayloadSize);
  const plain = await open(await sealedKeyCipher(grant, grantId, item), bindSealedKey(grantId, item, names), envelope);
  try {
    return expectNames(decodePayload(plain), names);
  } finally {
    wipe(plain);
  }
}

/** CHILD: a child grant's G under its parent's. */
export async function sealChild(parent: Root, at: GrantAddress, childId: Id, childSecret: Bytes, random?: Random): Promise<Bytes> {
  return sealSecret('child', await childCipher(parent, childId), [...bindGrant(at), idBytes(childId)], childSecret, random);
}

export async function openChild(parent: Root, at: GrantAddress, childId: Id, envelope: Bytes): Promise<Bytes> {
  return openSecret('child', await childCipher(parent, childId), [...bindGrant(at), idBytes(childId)], envelope);
}

/** `pkv_tag`: vouches for the vault's public point, so that the server cannot be made to seal deposits to somebody else. */
export async function tagVaultPoint(grant: Root, vaultId: Id, epoch: number, vaultPoint: Bytes): Promise<Bytes> {
  const message = concat(idBytes(vaultId), u32(epoch), vaultPoint);
  return new Uint8Array(await crypto.subtle.sign('HMAC', await deriveSigner(grant, purpose('pkv')), message));
}

/** The names beside a row must be those inside: a retargeted origin fails here even if it was sealed so. */
export function expectNames(payload: Payload, { provider, origin }: Names): Payload {
  if (payload.provider !== provider || payload.origin !== origin) {
    wipe(payload.secret);
    refuse('broken', 'The envelope holds a key of another provider or origin.');
  }
  return payload;
}

const wrapCipher = (credential: Root, at: GrantAddress, rowId: Id): Promise<CryptoKey> =>
  deriveCipher(credential, purpose('wrap', idBytes(at.grantId), idBytes(rowId)));

const escrowCipher = (vault: Root, at: GrantAddress): Promise<CryptoKey> => deriveCipher(vault, purpose('escrow', idBytes(at.grantId)));

const childCipher = (parent: Root, childId: Id): Promise<CryptoKey> => deriveCipher(parent, purpose('child', idBytes(childId)));

const sealedKeyCipher = (grant: Root, grantId: Id, { keyId, version }: ItemAddress): Promise<CryptoKey> =>
  deriveCipher(grant, purpose('key', idBytes(grantId), idBytes(keyId), u32(version)));

const bindGrant = ({ vaultId, grantId }: GrantAddress): Bytes[] => [idBytes(vaultId), idBytes(grantId)];

const bindSealedKey = (grantId: Id, item: ItemAddress, names: Names): Bytes[] =>
  [idBytes(item.vaultId), idBytes(grantId), idBytes(item.keyId), u32(item.version), boundNames(names)];

function sealSecret(type: EnvelopeType, cipher: CryptoKey, context: readonly Uint8Array[], secret: Bytes, random?: Random): Promise<Bytes> {
  return seal(type, cipher, context, secret, random && { random });
}

function openSecret(type: EnvelopeType, cipher: CryptoKey, context: readonly Uint8Array[], envelope: Bytes): Promise<Bytes> {
  checkShape(type, envelope, nonceSize, isSecretSize);
  return open(cipher, context, envelope);
}
