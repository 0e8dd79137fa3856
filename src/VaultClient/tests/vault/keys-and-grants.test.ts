import { describe, expect, test } from 'vitest';
import {
  credentialRoot, fromBase64url, grantRoot, hashCredential, newId, openEscrow, openForGrant, osRandom, rootOf, sealDeposit, sealEscrow,
  sealEscrowDeposit, sealItem, tagVaultPoint, text, textOf, toBase64url, unwrapWithCredential, type Bytes, type Payload,
} from '../../src/kp1/index';
import type { AnswerOf } from '../../src/vault/operations';
import { requestGrant } from '../../src/vault/grant-making';
import type { GrantWire, KeyItemWire, SealedKeyWire } from '../../src/vault/wire';
import { bench, type Bench } from '../support/fake-workers';

const openai = { provider: 'openai', origin: 'https://api.openai.com', scheme: 1, secret: 'sk-proj-first-version-000000' } as const;
const proofOf = (body: AnswerOf<'register'>['body']) => ({ proof: { by: 'password', password, kdf: body.kdf }, unlocks: body.unlocks }) as const;
const password = 'turnip lantern meadow';

interface Owner extends Bench {
  readonly body: AnswerOf<'register'>['body'];
  readonly item: KeyItemWire;
}

async function owner(): Promise<Owner> {
  const made = bench();
  const { body } = await made.vault.register('anna@example.org', password);
  const { item } = await made.vault.ask('addProviderKey', { input: openai, grants: [] });
  return { ...made, body, item };
}

/** What the server does at a call: from the credential to the provider key. */
async function serve(
  vaultId: string,
  grant: AnswerOf<'newGrant'>,
  sealedKey: SealedKeyWire,
  names = openai as { provider: string; origin: string },
): Promise<string> {
  const at = { vaultId, grantId: grant.body.grantId };
  const grantSecret = await unwrapWithCredential(
    await credentialRoot(grant.credential),
    at,
    grant.body.tokenRowId,
    fromBase64url(grant.body.tokenWrap),
  );
  const item = { vaultId, keyId: sealedKey.keyId, version: sealedKey.version };
  return textOf((await openForGrant(await grantRoot(grantSecret), at.grantId, item, names, fromBase64url(sealedKey.envelope))).secret);
}

const asWire = ({ body }: AnswerOf<'newGrant'>): GrantWire => ({ grantId: body.grantId, label: body.label, envelope: body.escrow });

describe('A provider key', () => {
  test('is shown to its owner again, and only from its own row', async () => {
    const { vault, item } = await owner();
    expect(await vault.ask('openItem', { item })).toEqual({ keyId: item.id, version: 1, ...openai });
    for (const other of [{ id: newId() }, { version: 2 }, { provider: 'anthropic' }, { origin: 'https://evil.example' }]) {
      await expect(vault.ask('openItem', { item: { ...item, ...other } })).rejects.toMatchObject({ reason: 'broken' });
    }
  });

  test('with a line break, a space or a letter beyond ASCII is refused before anything is sealed', async () => {
    const { vault } = await owner();
    for (const secret of ['sk-a\r\nx: y', 'sk a', 'sk-ä', 'sk-\ud800', '']) {
      await expect(vault.ask('addProviderKey', { input: { ...openai, secret }, grants: [] })).rejects.toMatchObject({ reason: 'malformed' });
    }
  });

  test('put into the vault by somebody without its key never opens', async () => {
    const { vault, body, item } = await owner();
    const foreign = await rootOf('KeyPass/v1/vault', osRandom(32));
    const payload: Payload = { ...openai, secret: text('sk-attacker-000000000000') };
    const envelope = toBase64url(await sealItem(foreign, { vaultId: body.vaultId, keyId: item.id, version: 1 }, payload));
    await expect(
      vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [{ item: { ...item, envelope }, priority: 0 }] }),
    ).rejects.toMatchObject({ reason: 'broken' });
  });
});

describe('A grant', () => {
  test('lets its credential reach the provider key, and nothing less does', async () => {
    const { vault, body, item } = await owner();
    const grant = await vault.ask('newGrant', { label: 'kp_cid_app', prefix: 'kp_pt_', items: [{ item, priority: 1 }] });
    expect(grant.credential).toMatch(/^kp_pt_/);
    expect(grant.body.tokenHash).toBe(toBase64url(await hashCredential(grant.credential)));
    expect(JSON.stringify(grant.body)).not.toContain(grant.credential.slice(6));
    const [sealedKey] = grant.body.sealedKeys;
    if (sealedKey === undefined) throw new Error('nothing was sealed');
    expect(sealedKey).toMatchObject({ keyId: item.id, version: 1, priority: 1 });
    expect(await serve(body.vaultId, grant, sealedKey)).toBe(openai.secret);
    await expect(serve(body.vaultId, grant, sealedKey, { ...openai, origin: 'https://evil.example' })).rejects.toMatchObject({ reason: 'broken' });
    const { credential } = await vault.ask('newGrant', { label: 'other', prefix: 'kp_pt_', items: [] });
    await expect(serve(body.vaultId, { ...grant, credential }, sealedKey)).rejects.toMatchObject({ reason: 'broken' });
  });

  test('vouches for the vault’s public point', async () => {
    const { vault, body } = await owner();
    const grant = await vault.ask('newGrant', { label: 'pat', prefix: 'kp_pat_', items: [] });
    const at = { vaultId: body.vaultId, grantId: grant.body.grantId };
    const grantSecret = await unwrapWithCredential(await credentialRoot(grant.credential), at, grant.body.tokenRowId, fromBase64url(grant.body.tokenWrap));
    const tag = await tagVaultPoint(await grantRoot(grantSecret), body.vaultId, 1, fromBase64url(body.vaultPublicKey));
    expect(grant.body.vaultPointTag).toBe(toBase64url(tag));
  });

  test('gets another credential from its escrow, for the same keys', async () => {
    const { vault, body, item } = await owner();
    const grant = await vault.ask('newGrant', { label: 'app', prefix: 'kp_pt_', items: [{ item, priority: 0 }] });
    const { credential, row } = await vault.ask('remint', { grant: asWire(grant), prefix: 'kp_pt_' });
    expect(credential).not.toBe(grant.credential);
    const again = { credential, body: { ...grant.body, ...row } };
    expect(await serve(body.vaultId, again, grant.body.sealedKeys[0] ?? ({} as SealedKeyWire))).toBe(openai.secret);
  });

  test('gets other keys in an update, and a new secret where a leak is suspected', async () => {
    const { vault, body, item } = await owner();
    const grant = await vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [] });
    const { sealedKeys: [added] } = await vault.ask('updateGrant', { grant: asWire(grant), items: [{ item, priority: 0 }] });
    if (added === undefined) throw new Error('nothing was sealed');
    expect(await serve(body.vaultId, grant, added)).toBe(openai.secret);
    const renewed = await vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [{ item, priority: 0 }], grantId: grant.body.grantId });
    expect(renewed.body.grantId).toBe(grant.body.grantId);
    await expect(serve(body.vaultId, { ...renewed, credential: grant.credential }, added)).rejects.toMatchObject({ reason: 'broken' });
    await expect(serve(body.vaultId, renewed, added)).rejects.toMatchObject({ reason: 'broken' });
  });

  test('for a test call opens that one key and is in no vault', async () => {
    const { vault, body, item } = await owner();
    const made = await vault.ask('testGrant', { item });
    const { virtualKey: credential, grantId, tokenRowId, tokenWrap, sealedKey } = made;
    expect(credential).toMatch(/^km_live_/);
    expect(made).not.toHaveProperty('escrow');
    const grant = { credential, body: { grantId, tokenRowId, tokenWrap } } as AnswerOf<'newGrant'>;
    expect(await serve(body.vaultId, grant, sealedKey)).toBe(openai.secret);
  });
});

describe('Rotating a provider key', () => {
  test('reaches every grant of the vault without knowing a credential, and no grant that somebody else put there', async () => {
    const { vault, body, item } = await owner();
    const grants = [
      await vault.ask('newGrant', { label: 'one', prefix: 'km_live_', items: [{ item, priority: 0 }] }),
      await vault.ask('newGrant', { label: 'two', prefix: 'kp_pt_', items: [] }),
    ];
    const rogueId = newId();
    const foreign = await rootOf('KeyPass/v1/vault', osRandom(32));
    const rogue = {
      grantId: rogueId,
      label: 'rogue',
      envelope: toBase64url(await sealEscrow(foreign, { vaultId: body.vaultId, grantId: rogueId }, 'rogue', osRandom(32))),
    };
    const relabelled = { ...asWire(grants[0] ?? ({} as AnswerOf<'newGrant'>)), label: 'another label' };
    const rotated = await vault.ask('rotateProviderKey', { item, secret: 'sk-proj-second-version', grants: [...grants.map(asWire), rogue, relabelled] });
    expect(rotated.item).toMatchObject({ id: item.id, version: 2 });
    expect(rotated.untrusted).toEqual([rogueId, relabelled.grantId]);
    expect(rotated.sealedKeys.map((sealed) => sealed.grantId)).toEqual(grants.map((grant) => grant.body.grantId));
    for (const [index, grant] of grants.entries()) {
      expect(await serve(body.vaultId, grant, rotated.sealedKeys[index] ?? ({} as SealedKeyWire))).toBe('sk-proj-second-version');
    }
    expect(await vault.ask('openItem', { item: rotated.item })).toMatchObject({ version: 2, secret: 'sk-proj-second-version' });
  });
});

describe('What waits for approval', () => {
  async function deposited(vaultId: string, point: Bytes): Promise<KeyItemWire> {
    const id = newId();
    const payload: Payload = { ...openai, secret: text('sk-deposited-by-curl-0000-WXYZ') };
    const envelope = toBase64url(await sealDeposit(point, { vaultId, keyId: id, version: 1 }, payload));
    return { id, kind: 'key', version: 1, provider: openai.provider, origin: openai.origin, envelope };
  }

  test('is a deposit: recognised by its ending, then one of the vault’s own', async () => {
    const { vault, body } = await owner();
    const deposit = await deposited(body.vaultId, fromBase64url(body.vaultPublicKey));
    expect(await vault.ask('describeDeposit', { deposit })).toEqual({ provider: 'openai', origin: openai.origin, ending: 'WXYZ' });
    const grant = await vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [] });
    const approved = await vault.ask('approveDeposit', { deposit, grants: [asWire(grant)] });
    expect(await vault.ask('openItem', { item: approved.item })).toMatchObject({ secret: 'sk-deposited-by-curl-0000-WXYZ' });
    expect(await serve(body.vaultId, grant, approved.sealedKeys[0] ?? ({} as SealedKeyWire))).toBe('sk-deposited-by-curl-0000-WXYZ');
  });

  test('is not taken for a key of the vault before, nor under another name', async () => {
    const { vault, body } = await owner();
    const deposit = await deposited(body.vaultId, fromBase64url(body.vaultPublicKey));
    await expect(vault.ask('openItem', { item: deposit })).rejects.toMatchObject({ reason: 'broken' });
    await expect(
      vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [{ item: deposit, priority: 0 }] }),
    ).rejects.toMatchObject({ reason: 'broken' });
    await expect(
      vault.ask('approveDeposit', { deposit: { ...deposit, origin: 'https://evil.example' }, grants: [] }),
    ).rejects.toMatchObject({ reason: 'broken' });
  });

  test('is a grant of somebody without access: both screens show the same six words', async () => {
    const { vault, body, item } = await owner();
    const requested = await requestGrant({ vaultId: body.vaultId, vaultPublicKey: body.vaultPublicKey, label: 'ci', prefix: 'km_live_' });
    const request = { grantId: requested.body.grantId, label: 'ci', envelope: requested.body.escrowDeposit };
    expect(await vault.ask('wordsOfRequest', { request })).toEqual(requested.words);
    const approved = await vault.ask('approveGrant', { request, words: requested.words, items: [{ item, priority: 0 }] });
    const grant = { credential: requested.credential, body: { ...requested.body, ...approved } };
    expect(await serve(body.vaultId, grant, approved.sealedKeys[0] ?? ({} as SealedKeyWire))).toBe(openai.secret);
    await expect(vault.ask('updateGrant', { grant: request, items: [] })).rejects.toMatchObject({ reason: 'broken' });
    await vault.ask('updateGrant', { grant: { ...request, envelope: approved.escrow }, items: [] });
  });

  test('put in the place of what was shown is not approved', async () => {
    const { vault, body } = await owner();
    const requested = await requestGrant({ vaultId: body.vaultId, vaultPublicKey: body.vaultPublicKey, label: 'ci', prefix: 'km_live_' });
    const at = { vaultId: body.vaultId, grantId: requested.body.grantId };
    const swapped = toBase64url(await sealEscrowDeposit(fromBase64url(body.vaultPublicKey), at, 'ci', osRandom(32)));
    const request = { grantId: at.grantId, label: 'ci', envelope: swapped };
    await expect(vault.ask('approveGrant', { request, words: requested.words, items: [] })).rejects.toMatchObject({ reason: 'words-differ' });
  });
});

describe('An ESCROW', () => {
  test('of the vault gives the grant secret to the vault’s key only', async () => {
    const { vault, body } = await owner();
    const grant = await vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [] });
    const { vaultKey } = await vault.ask('toManaged', proofOf(body));
    const root = await rootOf('KeyPass/v1/vault', fromBase64url(vaultKey));
    const at = { vaultId: body.vaultId, grantId: grant.body.grantId };
    const grantSecret = await openEscrow(root, at, 'app', fromBase64url(grant.body.escrow));
    expect(grantSecret).toEqual(
      await unwrapWithCredential(await credentialRoot(grant.credential), at, grant.body.tokenRowId, fromBase64url(grant.body.tokenWrap)),
    );
  });
});
