import { describe, expect, test, vi } from 'vitest';
import { fromBase64url, toBase64url, toHex, type Bytes } from '../../src/kp1/index';
import { Vault, type WorkerLike } from '../../src/vault/vault';
import { password, registered } from '../support/registered';

describe('The channel between page and worker', () => {
  test('carries the vault key in no message, and no call leaves its bytes in memory', async () => {
    const buffers: Uint8Array[] = [];
    const draw = crypto.getRandomValues.bind(crypto);
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (array instanceof Uint8Array) buffers.push(array);
      return draw(array);
    });
    const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
    vi.spyOn(crypto.subtle, 'decrypt').mockImplementation(async (...asked) => {
      const plain = await decrypt(...asked);
      buffers.push(new Uint8Array(plain));
      return plain;
    });
    const { vault, body, recoveryCode, unlockAsk, traffic } = await registered();
    vault.lock();
    const proof = { by: 'password', password, kdf: body.kdf } as const;
    await vault.prepareLogin(password, body.kdf);
    await vault.unlock(unlockAsk);
    await vault.ask('replaceRecoveryCode', { proof, unlocks: body.unlocks });
    await vault.ask('shareVault', { proof, unlocks: body.unlocks, admin: { accountId: body.accountId, publicKey: body.publicKey } });
    await vault.ask('newGrant', { label: 'app', prefix: 'kp_pt_', items: [] });
    const sent = traffic.join('\n');
    const { vaultKey } = await vault.ask('toManaged', { proof: { by: 'recovery', code: recoveryCode }, unlocks: body.unlocks });
    const secret: Bytes = fromBase64url(vaultKey);
    expect(secret).toHaveLength(32);
    for (const spelled of [vaultKey, toHex(secret), JSON.stringify(Array.from(secret)).slice(1, -1)]) expect(sent).not.toContain(spelled);
    expect(buffers.length).toBeGreaterThan(10);
    for (const buffer of buffers) expect(toBase64url(buffer)).not.toBe(vaultKey);
  });

  test('starts a worker for each password and ends it', async () => {
    const { vault, body, started } = await registered();
    await vault.prepareLogin(password, body.kdf);
    expect(started).toMatchObject({ vault: 1, argon: 2, ended: 2 });
  });

  test('says so when a worker does not start', async () => {
    const silent: WorkerLike = { postMessage: () => undefined, addEventListener: () => undefined, terminate: () => undefined };
    const failing: WorkerLike = {
      ...silent,
      addEventListener: (type, listener) => {
        if (type === 'error')
          queueMicrotask(() => {
            listener({ data: undefined });
          });
      },
    };
    const noArgon = new Vault({ startVault: () => silent, startArgon: () => failing });
    await expect(noArgon.register('a@example.org', password)).rejects.toMatchObject({ reason: 'unavailable' });
    const noVault = new Vault({ startVault: () => failing, startArgon: () => silent });
    await expect(
      noVault.ask('openItem', { item: { id: '', kind: 'key', version: 1, provider: '', origin: '', envelope: '' } }),
    ).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('answers nonsense with a refusal that quotes nothing', async () => {
    const { vault } = await registered();
    const nonsense = { item: { id: 'sk-secret', kind: 'key', version: -1, provider: 'sk-secret', origin: 'x', envelope: '%%%' } } as const;
    await expect(vault.ask('openItem', nonsense)).rejects.toMatchObject({ reason: 'malformed', message: expect.not.stringContaining('sk-secret') as string });
    await expect(vault.ask('newGrant', { label: 'x'.repeat(70_000), prefix: 'kp_pt_', items: [] })).rejects.toMatchObject({ reason: 'malformed' });
    expect(await vault.status()).toMatchObject({ locked: false });
  });
});
