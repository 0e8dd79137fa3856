import { describe, expect, test, vi } from 'vitest';
import { idleLimitMs } from '../../src/vault/desk';
import { openaiKey, password, registered } from '../support/registered';

describe('Locking', () => {
  test('happens after fifteen minutes without a question; looking does not count as one', async () => {
    const { vault, clock } = await registered();
    const causes: string[] = [];
    vault.onLock((cause) => { causes.push(cause); });
    clock.advance(idleLimitMs - 1);
    expect(await vault.status()).toMatchObject({ locked: false });
    await vault.ask('addProviderKey', { input: openaiKey, grants: [] });
    clock.advance(idleLimitMs - 1);
    expect(await vault.status()).toMatchObject({ locked: false });
    clock.advance(1);
    expect(await vault.status()).toEqual({ locked: true });
    expect(causes).toEqual(['idle']);
    await expect(vault.ask('addProviderKey', { input: openaiKey, grants: [] })).rejects.toMatchObject({ reason: 'locked' });
  });

  test('happens even if the machine slept through the timer', async () => {
    const { vault, clock } = await registered();
    clock.now += idleLimitMs;
    await expect(vault.ask('addProviderKey', { input: openaiKey, grants: [] })).rejects.toMatchObject({ reason: 'locked' });
  });

  test('also forgets a password that was proven and never used', async () => {
    const { vault, clock, body, unlockAsk } = await registered();
    vault.lock();
    await vault.prepareLogin(password, body.kdf);
    clock.advance(idleLimitMs);
    await expect(vault.unlock(unlockAsk)).rejects.toMatchObject({ reason: 'locked' });
  });

  test('happens when the page is left, ends the worker and tells whoever waits', async () => {
    const { vault, started } = await registered();
    const page = new EventTarget();
    vault.lockOnLeave(page);
    const waiting = vault.ask('addProviderKey', { input: openaiKey, grants: [] });
    const ended = started.ended;
    page.dispatchEvent(new Event('pagehide'));
    await expect(waiting).rejects.toMatchObject({ reason: 'locked' });
    expect(started.ended).toBe(ended + 1);
    expect(await vault.status()).toEqual({ locked: true });
  });

  test('wins over an unlock that is under way', async () => {
    const { vault, body, stretch, traffic } = await registered();
    await vault.ask('lock', {});
    let finish: (() => void) | undefined;
    stretch.mockImplementationOnce((_, kdf) => new Promise((resolve) => {
      finish = () => { resolve({ secret: Uint8Array.from(kdf.salt), engine: 'test', milliseconds: 0 }); };
    }));
    const preparing = vault.prepareLogin(password, body.kdf);
    await vi.waitFor(() => { expect(finish).toBeDefined(); });
    await vault.ask('lock', {});
    finish?.();
    await expect(preparing).rejects.toMatchObject({ reason: 'locked' });
    expect(traffic.at(-1)).toContain('refusal');
  });
});
