import { describe, expect, test, vi } from 'vitest';
import { fromBase64url, osRandom } from '../../src/kp1/index';
import { bench } from '../support/fake-workers';
import { openaiKey, password, registered } from '../support/registered';

describe('Registering', () => {
  test('gives the body to post, with every envelope in the size of the format', async () => {
    const { body, recoveryCode } = await registered();
    expect(Object.keys(body).sort()).toEqual(['accountId', 'authHash', 'email', 'items', 'kdf', 'publicKey', 'unlocks', 'vaultId', 'vaultPublicKey']);
    expect(body.kdf).toMatchObject({ algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1 });
    expect(body.unlocks.map((row) => [row.method, fromBase64url(row.envelope).length])).toEqual([['pw', 65], ['recovery', 65]]);
    expect(body.items.map((row) => [row.kind, row.version, fromBase64url(row.envelope).length])).toEqual([['account', 1, 321]]);
    expect([body.publicKey, body.vaultPublicKey].map((point) => fromBase64url(point).length)).toEqual([65, 65]);
    expect(recoveryCode).toMatch(/^(?:[0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
    expect(JSON.stringify(body)).not.toContain(password);
    expect(JSON.stringify(body)).not.toContain(recoveryCode);
  });

  test('is refused with a password that is easy to guess, before anything is computed', async () => {
    const { vault, stretch } = bench();
    for (const weak of ['short', 'password12345678', 'anna example org!']) {
      await expect(vault.register('anna@example.org', weak)).rejects.toMatchObject({ reason: 'weak-password' });
    }
    expect(stretch).not.toHaveBeenCalled();
    expect(await vault.status()).toEqual({ locked: true });
  });

  test('leaves the vault unlocked, and a lock locks it', async () => {
    const { vault, body } = await registered();
    expect(await vault.status()).toEqual({ locked: false, accountId: body.accountId, vaultId: body.vaultId, epoch: 1 });
    vault.lock();
    expect(await vault.status()).toEqual({ locked: true });
    await expect(vault.ask('addProviderKey', { input: openaiKey, grants: [] })).rejects.toMatchObject({ reason: 'locked' });
  });
});

describe('Unlocking', () => {
  test('with the password proves it to the server and opens the vault', async () => {
    const { vault, body, unlockAsk } = await registered();
    vault.lock();
    expect(await vault.prepareLogin(password, body.kdf)).toEqual({ authHash: body.authHash });
    await vault.unlock(unlockAsk);
    expect(await vault.status()).toMatchObject({ locked: false });
  });

  test('with the recovery code works without the password, however it is typed', async () => {
    const { vault, body, recoveryCode, unlockAsk, stretch } = await registered();
    vault.lock();
    stretch.mockClear();
    const { authHash } = await vault.prepareRecovery(recoveryCode.toLowerCase().replaceAll('-', ' '));
    expect(authHash).toBe(body.unlocks[1]?.authHash);
    await vault.unlock(unlockAsk);
    expect(await vault.status()).toMatchObject({ locked: false });
    expect(stretch).not.toHaveBeenCalled();
  });

  test('with a passkey works once the passkey was added', async () => {
    const { vault, body, unlockAsk } = await registered();
    const output = osRandom(32);
    const passkey = () => ({ prfOutput: Uint8Array.from(output), rpId: 'keypass.example', credentialId: 'AQID' });
    const proof = { by: 'password', password, kdf: body.kdf } as const;
    const row = await vault.ask('addPasskey', { proof, unlocks: body.unlocks, passkey: { by: 'passkey', ...passkey() } });
    expect(row).toMatchObject({ method: 'prf', credentialId: 'AQID' });
    vault.lock();
    await vault.unlockWithPasskey(passkey(), { ...unlockAsk, unlocks: [...body.unlocks, row] });
    expect(await vault.status()).toMatchObject({ locked: false });
    vault.lock();
    await expect(
      vault.unlockWithPasskey({ ...passkey(), prfOutput: osRandom(32) }, { ...unlockAsk, unlocks: [row] }),
    ).rejects.toMatchObject({ reason: 'wrong-secret' });
  });

  test('with a wrong password decrypts nothing and stays locked', async () => {
    const { vault, body, unlockAsk } = await registered();
    vault.lock();
    await vault.prepareLogin('another password', body.kdf);
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    await expect(vault.unlock(unlockAsk)).rejects.toMatchObject({ reason: 'wrong-secret' });
    expect(decrypt).not.toHaveBeenCalled();
    await expect(vault.unlock(unlockAsk)).rejects.toMatchObject({ reason: 'locked' });
    expect(await vault.status()).toEqual({ locked: true });
  });

  test('is refused when the server lowers the cost; nothing is hashed and nothing can be sent', async () => {
    const { vault, body, stretch } = await registered();
    vault.lock();
    stretch.mockClear();
    for (const weak of [
      { memoryKib: 19_456 },
      { iterations: 2 },
      { parallelism: 4 },
      { salt: 'AAAA' },
      { algorithm: 'pbkdf2' as const, iterations: 100_000 },
    ]) {
      await expect(vault.prepareLogin(password, { ...body.kdf, ...weak })).rejects.toMatchObject({ reason: 'weak-kdf' });
    }
    expect(stretch).not.toHaveBeenCalled();
  });

  test('is refused when the vault itself says another cost, or the server another public point', async () => {
    const { vault, body, unlockAsk } = await registered();
    const account = unlockAsk.account ?? { id: '', kind: '', version: 0, envelope: '' };
    const ask = {
      proof: { by: 'password', password, kdf: body.kdf },
      unlocks: body.unlocks,
      newPassword: 'meadow fiddle comet',
      onlyFactor: true,
      context: [],
      account,
    } as const;
    const { body: changed } = await vault.ask('changePassword', ask);
    vault.lock();
    await vault.prepareLogin('meadow fiddle comet', changed.kdf);
    await expect(vault.unlock({ ...unlockAsk, unlocks: [changed.unlock] })).rejects.toMatchObject({ reason: 'kdf-changed' });
    await vault.prepareLogin('meadow fiddle comet', changed.kdf);
    await expect(
      vault.unlock({ ...unlockAsk, unlocks: [changed.unlock], account: changed.account, vaultPublicKey: body.publicKey }),
    ).rejects.toMatchObject({ reason: 'broken' });
    expect(await vault.status()).toEqual({ locked: true });
    await vault.prepareLogin('meadow fiddle comet', changed.kdf);
    await vault.unlock({ ...unlockAsk, unlocks: [changed.unlock], account: changed.account });
    expect(await vault.status()).toMatchObject({ locked: false });
  });
});

describe('Changing the password', () => {
  test('after a recovery gives a new code, and proves the old one to the server', async () => {
    const { vault, body, recoveryCode, unlockAsk } = await registered();
    const account = unlockAsk.account ?? { id: '', kind: '', version: 0, envelope: '' };
    const ask = { unlocks: body.unlocks, newPassword: 'meadow fiddle comet', onlyFactor: true, context: [], account };
    const changed = await vault.ask('changePassword', { ...ask, proof: { by: 'recovery', code: recoveryCode } });
    expect(changed.body.currentAuthHash).toBe(body.unlocks[1]?.authHash);
    expect(changed.body.recovery).toMatchObject({ method: 'recovery' });
    vault.lock();
    const { authHash } = await vault.prepareRecovery(changed.recoveryCode ?? '');
    expect(authHash).toBe(changed.body.recovery?.authHash);
    await vault.unlock({ ...unlockAsk, unlocks: changed.body.recovery ? [changed.body.recovery] : [], account: changed.body.account });
    const again = await vault.ask('changePassword', {
      ...ask, unlocks: [changed.body.unlock], account: changed.body.account, newPassword: 'comet meadow fiddle',
      proof: { by: 'password', password: 'meadow fiddle comet', kdf: changed.body.kdf },
    });
    expect(again.body.currentAuthHash).toBe(changed.body.authHash);
    expect(again).not.toHaveProperty('recoveryCode');
    expect(again.body).not.toHaveProperty('recovery');
  });
});
