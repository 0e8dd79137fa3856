import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  concat, credentialRoot, deriveBytes, encodePayload, fromHex, grantRoot, hashCredential, idBytes, lengthPrefixed, pairFromSeed, purpose, rootOf,
  sealChild, sealDeposit, sealEscrow, sealEscrowDeposit, sealForGrant, sealItem, sealUnlock, sealVaultShare, toHex, u32, unlockerOfPasskey,
  unlockerOfPassword, vaultPair, wrapForCredential, type Bytes,
} from '../../src/kp1/index';
import { at, derivedInTwoSteps, exampleRandom, grantRootOfExample, inputs, item, kdf, payload, readFixture, vaultRoot } from '../support/worked-example';

type Vectors = Readonly<Record<string, string>>;
const vectors = readFixture('kp1-vectors.json') as Vectors;
const vector = (name: string): string => vectors[name] ?? '';
const shared = new URL('../../../../../shared/data/kp1-vectors.json', import.meta.url);

const derived = async (label: Parameters<typeof rootOf>[0], secret: Bytes, info: Bytes): Promise<Bytes> => deriveBytes(await rootOf(label, secret), info);

/** What the server does with the ring, which no browser ever has; here so that all values of the example are recomputed. */
async function outer(): Promise<{ wrapping: Bytes; envelope: Bytes }> {
  const wrapping = await derivedInTwoSteps('KeyPass/v1/outer', fromHex(inputs.ringSecret), Buffer.from(inputs.outerTable));
  const head = concat(fromHex('4b50010701'), u32(inputs.ringEpoch));
  const cipher = await crypto.subtle.importKey('raw', wrapping, 'AES-GCM', false, ['encrypt']);
  const additionalData = concat(head, lengthPrefixed(inputs.outerTable), idBytes(inputs.outerRowId));
  const iv = fromHex(inputs.nonce);
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, cipher, fromHex(vector('sealed_key')));
  return { wrapping, envelope: concat(head, iv, new Uint8Array(body)) };
}

const recomputed: Readonly<Record<string, () => Promise<Bytes | string> | Bytes | string>> = {
  ['token']: () => vector('token'),
  token_hash: () => hashCredential(vector('token')),
  K_wrap: () => derived('KeyPass/v1/token', Buffer.from(vector('token')), purpose('wrap', idBytes(inputs.grantId), idBytes(inputs.tokenRowId))),
  token_wrap: async () => wrapForCredential(await credentialRoot(vector('token')), at, inputs.tokenRowId, fromHex(inputs.grantSecret), exampleRandom),
  public_token: () => vector('public_token'),
  K_wrap_public: () =>
    derived('KeyPass/v1/token', Buffer.from(vector('public_token')), purpose('wrap', idBytes(inputs.grantId), idBytes(inputs.publicTokenRowId))),
  K_key: async () => deriveBytes(await grantRootOfExample(), purpose('key', idBytes(inputs.grantId), idBytes(inputs.keyId), u32(inputs.version))),
  payload: () => encodePayload(payload),
  sealed_key: async () => sealForGrant(await grantRootOfExample(), inputs.grantId, item, payload, exampleRandom),
  K_escrow: async () => deriveBytes(await vaultRoot(), purpose('escrow', idBytes(inputs.grantId))),
  escrow: async () => sealEscrow(await vaultRoot(), at, inputs.escrowLabel, fromHex(inputs.grantSecret), exampleRandom),
  K_child: async () => deriveBytes(await grantRoot(fromHex(inputs.grantSecret)), purpose('child', idBytes(inputs.childGrantId))),
  child: async () => sealChild(await grantRootOfExample(), at, inputs.childGrantId, fromHex(inputs.childSecret), exampleRandom),
  pk_V: async () => (await vaultPair(await vaultRoot())).point,
  deposit: () => sealDeposit(fromHex(vector('pk_V')), item, payload, fromHex(inputs.depositEphemeralSeed)),
  escrow_deposit: () => {
    const child = { vaultId: inputs.vaultId, grantId: inputs.childGrantId };
    return sealEscrowDeposit(
      fromHex(vector('pk_V')),
      child,
      inputs.escrowDepositLabel,
      fromHex(inputs.childSecret),
      fromHex(inputs.escrowDepositEphemeralSeed),
    );
  },
  pk_U: async () => (await pairFromSeed(fromHex(inputs.accountSeed))).point,
  vk_share: () => sealVaultShare(fromHex(vector('pk_U')), inputs, fromHex(inputs.vaultKey), fromHex(inputs.vaultShareEphemeralSeed)),
  vault_item: async () => sealItem(await vaultRoot(), item, payload, exampleRandom),
  AH: async () => (await unlockerOfPassword(fromHex(inputs.masterSecret), kdf)).authHash ?? '',
  KEK: () => derived('KeyPass/v1/master', fromHex(inputs.masterSecret), purpose('kek')),
  commit: async () => (await unlockerOfPassword(fromHex(inputs.masterSecret), kdf)).commitment,
  unlock_pw: async () =>
    sealUnlock(await unlockerOfPassword(fromHex(inputs.masterSecret), kdf), inputs.accountId, inputs.vaultId, fromHex(inputs.vaultKey), exampleRandom),
  KEK_prf: () =>
    derived('KeyPass/v1/prf', fromHex(inputs.prfOutput), purpose('kek', lengthPrefixed(inputs.rpId), lengthPrefixed(fromHex(inputs.credentialId)))),
  K_outer: async () => (await outer()).wrapping,
  outer: async () => (await outer()).envelope,
};

describe('The worked example of the format', () => {
  test('has 26 values, and each of them is recomputed here', () => {
    expect(Object.keys(vectors)).toHaveLength(26);
    expect(Object.keys(recomputed).sort()).toEqual(Object.keys(vectors).sort());
  });

  test.each(Object.keys(recomputed))('gives the same %s as the server', async (name) => {
    const value = await recomputed[name]?.();
    expect(typeof value === 'string' ? value : toHex(value ?? new Uint8Array())).toBe(vector(name));
  });

  test('gives for HKDF in one call what Extract and Expand give in two', async () => {
    const secret = fromHex(inputs.grantSecret);
    const info = purpose('child', idBytes(inputs.childGrantId));
    expect(await derivedInTwoSteps('KeyPass/v1/grant', secret, info)).toEqual(await derived('KeyPass/v1/grant', secret, info));
  });

  test('wraps with a passkey under the same key that the example names', async () => {
    const unlocker = await unlockerOfPasskey(fromHex(inputs.prfOutput), inputs.rpId, fromHex(inputs.credentialId));
    const named = await crypto.subtle.importKey('raw', fromHex(vector('KEK_prf')), 'AES-GCM', false, ['encrypt']);
    const iv = fromHex(inputs.nonce);
    const sealWith = async (cipher: CryptoKey): Promise<string> => toHex(new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, iv)));
    expect(await sealWith(unlocker.wrapping)).toBe(await sealWith(named));
  });

  test.skipIf(!existsSync(shared))('is the one that lies beside the design (skipped where only the repository is there)', () => {
    expect(JSON.parse(readFileSync(shared, 'utf8'))).toEqual(vectors);
  });
});
