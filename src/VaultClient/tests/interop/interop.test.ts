import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  encodeKdf,
  encodePayload,
  fromHex,
  lengthPrefixed,
  mintCredential,
  noKdf,
  toHex,
  unlockerOfPasskey,
  unlockerOfPassword,
  unlockerOfRecovery,
  vaultPair,
} from '../../src/kp1/index';
import { inputs, kdf, payload, vaultRoot } from '../support/worked-example';
import { payloadOf, ways, type Made } from './made';

const mine = new URL('../fixtures/made-by-typescript.json', import.meta.url);
const theirs = new URL('../fixtures/made-by-dotnet.json', import.meta.url);

/** One of everything, from inputs that the file names. Nonces and ephemeral pairs are real ones: who opens needs neither. */
async function describeAll(): Promise<Omit<Made, 'envelope'>[]> {
  const { accountId: user, vaultId: vault, grantId: grant, keyId, childGrantId: childGrant, tokenRowId: tokenRow, version, epoch, provider, origin } = inputs;
  const { vaultKey, grantSecret, childSecret, masterSecret, prfOutput, accountSeed, rpId, credentialId } = inputs;
  const credential = mintCredential('km_live_');
  const recoveryCode = '0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ';
  const code = new TextEncoder().encode(recoveryCode.replaceAll('-', ''));
  const password = await unlockerOfPassword(fromHex(masterSecret), kdf);
  const recovery = await unlockerOfRecovery(code);
  const passkey = await unlockerOfPasskey(fromHex(prfOutput), rpId, fromHex(credentialId));
  const vaultPoint = toHex((await vaultPair(await vaultRoot())).point);
  const item = { vault, ['key']: keyId, version, provider, origin, scheme: payload.scheme };
  const providerKey = toHex(payload.secret);
  const plain = toHex(encodePayload(payload));
  const cloud = {
    ...payload,
    provider: 'custom:/v1/a',
    origin: 'https://gateway.example:8443',
    scheme: 6,
    secret: new TextEncoder().encode('{"client_email": "ä@example.org"}'),
  } as const;
  const unlock = { user, vault };
  return [
    { type: 'VAULT_ITEM', description: 'a Bearer key in its vault', context: item, secrets: { vaultKey, providerKey }, plaintext: plain },
    {
      type: 'VAULT_ITEM',
      description: 'a service account, JSON with a letter beyond ASCII, custom provider and port',
      context: { ...item, provider: cloud.provider, origin: cloud.origin, scheme: 6 },
      secrets: { vaultKey, providerKey: toHex(cloud.secret) },
      plaintext: toHex(encodePayload(cloud)),
    },
    {
      type: 'UNLOCK',
      description: 'by password',
      context: { ...unlock, method: 'pw', kdf: toHex(encodeKdf(kdf)), commitment: toHex(password.commitment) },
      secrets: { masterSecret, authHash: toHex(password.authHash ?? noKdf()) },
      plaintext: vaultKey,
    },
    {
      type: 'UNLOCK',
      description: 'by recovery code: 32 characters without dashes are the key material, the cost is 26 zeros',
      context: { ...unlock, method: 'recovery', kdf: toHex(noKdf()), commitment: toHex(recovery.commitment) },
      secrets: { recoveryCode, authHash: toHex(recovery.authHash ?? noKdf()) },
      plaintext: vaultKey,
    },
    {
      type: 'UNLOCK',
      description: 'by passkey: "kek" and "commit" are both bound to rpId and credentialId, the cost is 26 zeros',
      context: { ...unlock, method: 'prf', kdf: toHex(noKdf()), commitment: toHex(passkey.commitment), rpId, credentialId },
      secrets: { prfOutput },
      plaintext: vaultKey,
    },
    {
      type: 'TOKEN_WRAP',
      description: 'a grant secret under a virtual key',
      context: { vault, grant, tokenRow },
      secrets: { credential },
      plaintext: grantSecret,
    },
    { type: 'TOKEN_HASH', description: 'SHA-256 of the whole string', context: {}, secrets: { credential }, plaintext: '' },
    {
      type: 'ESCROW',
      description: 'a grant secret under the vault key',
      context: { vault, grant, label: 'kp_cid_app1' },
      secrets: { vaultKey },
      plaintext: grantSecret,
    },
    {
      type: 'ESCROW',
      description: 'a label beyond ASCII',
      context: { vault, grant, label: 'Büro 鍵' },
      secrets: { vaultKey },
      plaintext: grantSecret,
    },
    {
      type: 'SEALED_KEY',
      description: 'a Bearer key for a grant',
      context: { ...item, grant },
      secrets: { grantSecret, providerKey },
      plaintext: plain,
    },
    {
      type: 'VK_SHARE',
      description: 'the vault key for another admin',
      context: { vault, user, epoch },
      secrets: { pairSeed: accountSeed },
      plaintext: vaultKey,
    },
    {
      type: 'DEPOSIT',
      description: 'a Bearer key to the vault’s public point',
      context: { ...item, vaultPoint },
      secrets: { vaultKey, providerKey },
      plaintext: plain,
    },
    {
      type: 'ESCROW_DEPOSIT',
      description: 'a grant secret to the vault’s public point',
      context: { vault, grant, label: 'virtual-key:ci', vaultPoint },
      secrets: { vaultKey },
      plaintext: grantSecret,
    },
    {
      type: 'CHILD',
      description: 'a child’s secret under its parent’s',
      context: { vault, grant, childGrant },
      secrets: { grantSecret },
      plaintext: childSecret,
    },
    {
      type: 'PKV_TAG',
      description: 'HMAC over vault, epoch and public point',
      context: { vault, epoch, vaultPoint },
      secrets: { grantSecret },
      plaintext: '',
    },
    {
      type: 'RELAY',
      description: 'nonce, ciphertext, tag; no header and no further authenticated bytes',
      context: { session: grant },
      secrets: { linkToken: mintCredential('kp_lt_') },
      plaintext: toHex(new TextEncoder().encode(mintCredential('kp_pt_'))),
    },
  ];
}

function read(file: URL): readonly Made[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Made[];
}

async function expectOpens(made: Made): Promise<void> {
  const way = ways[made.type];
  if (way === undefined) throw new Error(`no such type: ${made.type}`);
  expect(toHex(await way.open(made, fromHex(made.envelope)))).toBe(made.plaintext);
  if ('providerKey' in made.secrets) expect(toHex(encodePayload(payloadOf(made)))).toBe(made.plaintext);
  const changed = fromHex(made.envelope);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  await expect(way.open(made, changed)).rejects.toThrow();
}

describe('What this side makes', () => {
  // Made anew with UPDATE_INTEROP=1, by hand and rarely: the file is what C# was shown.
  test.runIf(process.env['UPDATE_INTEROP'] === '1')('is written down', async () => {
    const all: Made[] = [];
    for (const described of await describeAll()) {
      const made = { ...described, envelope: '' };
      all.push({ ...made, envelope: toHex((await ways[made.type]?.seal(made)) ?? new Uint8Array()) });
    }
    writeFileSync(mine, `${JSON.stringify(all, null, 1)}\n`);
  });

  test('is one of every type that a browser makes or opens, and is described as today', async () => {
    const described = (all: readonly Omit<Made, 'envelope'>[]) => all.map(({ type, context }) => ({ type, context }));
    expect(described(read(mine))).toEqual(described(await describeAll()));
    expect(new Set(read(mine).map((made) => made.type))).toEqual(new Set(Object.keys(ways)));
  });

  test('opens again, and not when changed', async () => {
    for (const made of read(mine)) await expectOpens(made);
  });
});

describe('What C# makes', () => {
  test('opens here, and not when changed', async () => {
    const all = read(theirs);
    expect(all.length).toBeGreaterThan(0);
    for (const made of all) await expectOpens(made);
  });
});

test('A length-prefixed label is counted in bytes, not characters', () => {
  expect(toHex(lengthPrefixed('Büro')).slice(0, 4)).toBe('0005');
});
