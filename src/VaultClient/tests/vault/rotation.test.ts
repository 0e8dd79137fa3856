import { describe, expect, test } from 'vitest';
import {
  fromBase64url,
  grantRoot,
  newId,
  openEscrow,
  openVaultShare,
  osRandom,
  pairFromSeed,
  rootOf,
  sealDeposit,
  sealEscrow,
  tagVaultPoint,
  text,
  toBase64url,
  vaultPair,
} from '../../src/kp1/index';
import type { AnswerOf, AskOf } from '../../src/vault/operations';
import { wordsOfAdmin } from '../../src/vault/rewrap';
import { requestGrant } from '../../src/vault/grant-making';
import { bench, type Bench } from '../support/fake-workers';

const password = 'turnip lantern meadow';
const openai = { provider: 'openai', origin: 'https://api.openai.com', scheme: 1, secret: 'sk-proj-first-version-000000' } as const;

interface Filled extends Bench {
  readonly body: AnswerOf<'register'>['body'];
  readonly recoveryCode: string;
  readonly ask: AskOf<'rotateVaultKey'>;
  readonly admin: { readonly accountId: string; readonly seed: Uint8Array<ArrayBuffer> };
}

/** A vault with one of everything that F16 must carry over, and one of everything it must not. */
async function filled(): Promise<Filled> {
  const made = bench();
  const { body, recoveryCode } = await made.vault.register('anna@example.org', password);
  const { vaultId, vaultPublicKey, unlocks, items: [account] } = body;
  const { item } = await made.vault.ask('addProviderKey', { input: openai, grants: [] });
  const grant = (await made.vault.ask('newGrant', { label: 'app', prefix: 'km_live_', items: [{ item, priority: 0 }] })).body;
  const depositId = newId();
  const deposit = await sealDeposit(fromBase64url(vaultPublicKey), { vaultId, keyId: depositId, version: 1 }, { ...openai, secret: text('sk-deposited') });
  const request = (await requestGrant({ vaultId, vaultPublicKey, label: 'ci', prefix: 'km_live_' })).body;
  const foreign = await rootOf('KeyPass/v1/vault', osRandom(32));
  const rogueId = newId();
  const admin = { accountId: newId(), seed: osRandom(32) };
  const names = { kind: 'key', provider: openai.provider, origin: openai.origin, version: 1 } as const;
  const ask: AskOf<'rotateVaultKey'> = {
    proof: { by: 'password', password, kdf: body.kdf },
    unlocks,
    also: [],
    account: account ?? { id: '', kind: '', version: 0, envelope: '' },
    items: [item, { ...item, id: 'f'.repeat(32) }],
    grants: [
      { grantId: grant.grantId, label: 'app', envelope: grant.escrow },
      {
        grantId: rogueId,
        label: 'rogue',
        envelope: toBase64url(await sealEscrow(foreign, { vaultId, grantId: rogueId }, 'rogue', osRandom(32))),
      },
    ],
    deposits: [
      { ...names, id: depositId, envelope: toBase64url(deposit) },
      { ...names, id: 'e'.repeat(32), envelope: toBase64url(deposit) },
    ],
    escrowDeposits: [
      { grantId: request.grantId, label: 'ci', envelope: request.escrowDeposit },
      { grantId: 'd'.repeat(32), label: 'ci', envelope: request.escrowDeposit },
    ],
    admins: [{ accountId: admin.accountId, publicKey: toBase64url((await pairFromSeed(admin.seed)).point) }],
    pendingCounter: 7,
  };
  return { ...made, body, recoveryCode, ask, admin };
}

describe('Rotating the vault key', () => {
  test('carries over what opened under the old one, and names what did not', async () => {
    const { vault, ask, body: old } = await filled();
    const { body } = await vault.ask('rotateVaultKey', ask);
    expect(body).toMatchObject({ epoch: 2, pendingCounter: 7 });
    expect(body.vaultPublicKey).not.toBe(old.vaultPublicKey);
    expect(body.unlocks.map((row) => row.method)).toEqual(['pw', 'recovery']);
    expect(body.items.map((row) => [row.kind, row.version])).toEqual([['account', 2], ['key', 1]]);
    expect(body.escrows.map((row) => row.grantId)).toEqual([ask.grants[0]?.grantId]);
    expect([body.deposits.length, body.escrowDeposits.length, body.shares.length]).toEqual([1, 1, 1]);
    expect(body.discarded).toEqual(['f'.repeat(32), ask.grants[1]?.grantId, 'e'.repeat(32), 'd'.repeat(32)]);
  });

  test('keeps the old key in use until the server has taken the new one', async () => {
    const { vault, ask } = await filled();
    const [item] = ask.items;
    if (item === undefined) throw new Error('no item');
    await vault.ask('rotateVaultKey', ask);
    expect(await vault.status()).toMatchObject({ epoch: 1 });
    await vault.ask('settleRotation', { accepted: false });
    expect(await vault.ask('openItem', { item })).toMatchObject({ secret: openai.secret });
    const { body } = await vault.ask('rotateVaultKey', ask);
    await vault.ask('settleRotation', { accepted: true });
    expect(await vault.status()).toMatchObject({ epoch: 2 });
    await expect(vault.ask('openItem', { item })).rejects.toMatchObject({ reason: 'broken' });
    expect(await vault.ask('openItem', { item: { ...item, ...body.items[1], kind: 'key' } })).toMatchObject({ secret: openai.secret });
    await expect(vault.ask('settleRotation', { accepted: true })).rejects.toMatchObject({ reason: 'locked' });
  });

  test('leaves password and other ways that were at hand, gives a new recovery code, and the old one opens nothing', async () => {
    const { vault, ask, body: old, recoveryCode } = await filled();
    const passkey = { by: 'passkey', rpId: 'keypass.example', credentialId: 'AQID' } as const;
    const output = osRandom(32);
    const rotation = await vault.ask('rotateVaultKey', { ...ask, also: [{ ...passkey, prfOutput: Uint8Array.from(output) }] });
    expect(rotation.body.unlocks.map((row) => row.method)).toEqual(['pw', 'prf', 'recovery']);
    const [account] = rotation.body.items;
    const unlockAsk = {
      accountId: old.accountId,
      vaultId: old.vaultId,
      epoch: 2,
      unlocks: rotation.body.unlocks,
      vaultPublicKey: rotation.body.vaultPublicKey,
      ...(account && { account }),
    };
    vault.lock();
    await vault.prepareLogin(password, old.kdf);
    await vault.unlock(unlockAsk);
    vault.lock();
    await vault.unlockWithPasskey({ ...passkey, prfOutput: output }, unlockAsk);
    vault.lock();
    await vault.prepareRecovery(rotation.recoveryCode);
    await vault.unlock(unlockAsk);
    vault.lock();
    await vault.prepareRecovery(recoveryCode);
    await expect(vault.unlock(unlockAsk)).rejects.toMatchObject({ reason: 'wrong-secret' });
  });

  test('re-seals what waits, which waits on', async () => {
    const { vault, ask } = await filled();
    const { body } = await vault.ask('rotateVaultKey', ask);
    await vault.ask('settleRotation', { accepted: true });
    const [[deposit], [request]] = [body.deposits, body.escrowDeposits];
    if (deposit === undefined || request === undefined) throw new Error('nothing waits');
    expect(await vault.ask('approveDeposit', { deposit, grants: [] })).toMatchObject({ item: { id: deposit.id } });
    expect(await vault.ask('wordsOfRequest', { request })).toHaveLength(6);
    await expect(vault.ask('openItem', { item: deposit })).rejects.toMatchObject({ reason: 'broken' });
  });

  test('gives the remaining admins the new key, and every grant a tag for the new public point', async () => {
    const { vault, ask, admin, body: old } = await filled();
    const { body } = await vault.ask('rotateVaultKey', ask);
    const [share] = body.shares;
    const at = { vaultId: old.vaultId, accountId: admin.accountId, epoch: 2 };
    const vaultKey = await openVaultShare(await pairFromSeed(admin.seed), at, fromBase64url(share?.envelope ?? ''));
    expect(toBase64url((await vaultPair(await rootOf('KeyPass/v1/vault', vaultKey))).point)).toBe(body.vaultPublicKey);
    const grantSecret = await openEscrow(
      await rootOf('KeyPass/v1/vault', vaultKey),
      { vaultId: old.vaultId, grantId: ask.grants[0]?.grantId ?? '' },
      'app',
      fromBase64url(body.escrows[0]?.escrow ?? ''),
    );
    const tag = await tagVaultPoint(await grantRoot(grantSecret), old.vaultId, 2, fromBase64url(body.vaultPublicKey));
    expect(body.escrows[0]?.vaultPointTag).toBe(toBase64url(tag));
    expect(await wordsOfAdmin(ask.admins[0] ?? { accountId: '', publicKey: '' })).toHaveLength(6);
  });

  test('wants the proof again, and for the key that is in use', async () => {
    const { vault, ask, body: old } = await filled();
    const wrong = { ...ask, proof: { by: 'password', password: 'another password', kdf: old.kdf } } as const;
    await expect(vault.ask('rotateVaultKey', wrong)).rejects.toMatchObject({ reason: 'wrong-secret' });
    const { body } = await vault.ask('rotateVaultKey', ask);
    await vault.ask('settleRotation', { accepted: true });
    // The server answers with the row of the earlier epoch, which the same password opens.
    const changing = {
      proof: ask.proof,
      unlocks: old.unlocks,
      newPassword: 'meadow fiddle comet',
      onlyFactor: true,
      context: [],
      account: body.items[0] ?? ask.account,
    };
    await expect(vault.ask('changePassword', changing)).rejects.toMatchObject({ reason: 'broken' });
    expect(await vault.ask('changePassword', { ...changing, unlocks: body.unlocks })).toMatchObject({ body: { account: { version: 3 } } });
  });
});

describe('Custody', () => {
  test('turns to managed and back; back gives a key the server never saw', async () => {
    const { vault, ask, body: old } = await filled();
    const { vaultKey } = await vault.ask('toManaged', { proof: ask.proof, unlocks: ask.unlocks });
    vault.lock();
    const { items, grants, deposits, escrowDeposits, pendingCounter } = ask;
    const back = await vault.ask('toSealed', {
      accountId: old.accountId, vaultId: old.vaultId, epoch: 1, vaultKey, newPassword: 'meadow fiddle comet', onlyFactor: true, context: [],
      items, grants, deposits, escrowDeposits, admins: [], pendingCounter,
    });
    await vault.ask('settleRotation', { accepted: true });
    expect(await vault.status()).toMatchObject({ epoch: 2 });
    expect(back.body.items.map((row) => [row.kind, row.version])).toEqual([['account', 1], ['key', 1]]);
    expect(JSON.stringify(back)).not.toContain(vaultKey);
    const [account] = back.body.items;
    vault.lock();
    expect(await vault.prepareLogin('meadow fiddle comet', back.account.kdf)).toEqual({ authHash: back.account.authHash });
    await vault.unlock({
      accountId: old.accountId,
      vaultId: old.vaultId,
      epoch: 2,
      unlocks: back.body.unlocks,
      vaultPublicKey: back.body.vaultPublicKey,
      ...(account && { account }),
    });
    expect(await vault.status()).toMatchObject({ locked: false });
  });
});
