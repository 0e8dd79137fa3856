import { describe, expect, test } from 'vitest';
import { checkShape, isSecretSize, nonceSize, seal } from '../../src/kp1/envelope';
import {
  concat, fromHex, newId, openEscrow, openEscrowDeposit, openForGrant, openItemBytes, openUnlock, rootOf, sealEscrow, sealEscrowDeposit, sealForGrant,
  sealItemBytes, sealUnlock, toHex, unlockerOfPasskey, vaultPair, type Bytes,
} from '../../src/kp1/index';
import { cases, context, type Context } from '../support/envelopes';
import { grantRootOfExample, inputs, item, payload, vaultRoot } from '../support/worked-example';

const another: Context = {
  accountId: newId(), vaultId: newId(), grantId: newId(), childGrantId: newId(), keyId: newId(), tokenRowId: newId(), version: 4, epoch: 2,
  provider: 'anthropic', origin: 'https://api.anthropic.com', label: 'another app',
};
const broken = { reason: 'broken' };

describe.each(cases)('$name', ({ size, bound, seal: make, open }) => {
  test('opens where it belongs, and has the size of the format', async () => {
    const envelope = await make(context);
    expect(envelope).toHaveLength(size);
    expect([inputs.vaultKey, inputs.grantSecret, inputs.childSecret, toHex(payload.secret)]).toContain(await open(envelope, context));
  });

  test('is never the same twice', async () => {
    expect(toHex(await make(context))).not.toBe(toHex(await make(context)));
  });

  test('does not open with any single bit changed', { timeout: 60_000 }, async () => {
    const envelope = await make(context);
    for (let byte = 0; byte < envelope.length; byte++) {
      await Promise.all(Array.from({ length: 8 }, async (_, bit) => {
        const changed = Uint8Array.from(envelope);
        changed[byte] = (changed[byte] ?? 0) ^ (1 << bit);
        await expect(open(changed, context), `bit ${bit} of byte ${byte}`).rejects.toMatchObject(broken);
      }));
    }
  });

  test('does not open cut short or made longer', async () => {
    const envelope = await make(context);
    const others: Bytes[] = [new Uint8Array(), envelope.slice(0, 5), envelope.slice(0, -1), concat(envelope, Uint8Array.of(0)), concat(envelope, envelope)];
    for (const other of others) await expect(open(other, context)).rejects.toMatchObject(broken);
  });

  test.each(bound)('is bound to its %s', async (field) => {
    const swapped = { ...context, [field]: another[field] };
    await expect(open(await make(context), swapped)).rejects.toMatchObject(broken);
    await expect(open(await make(swapped), context)).rejects.toMatchObject(broken);
  });

  test('is never taken for an envelope of another type, even with the header of that type', async () => {
    const envelope = await make(context);
    for (const other of cases) {
      if (other.seal === make) continue;
      const wearing = concat((await other.seal(context)).subarray(0, 5), envelope.subarray(5));
      await expect(other.open(envelope, context), other.name).rejects.toMatchObject(broken);
      await expect(other.open(wearing, context), other.name).rejects.toMatchObject(broken);
    }
  });
});

describe('Names beside each other', () => {
  test('cannot trade letters across their boundary', async () => {
    const grant = await grantRootOfExample();
    const written = { ...payload, provider: 'custom:/a', origin: 'https://b.example' };
    const envelope = await sealForGrant(grant, inputs.grantId, item, written);
    const shifted = { provider: 'custom:/ahttps', origin: '://b.example' };
    await expect(openForGrant(grant, inputs.grantId, item, shifted, envelope)).rejects.toMatchObject(broken);
  });

  test('cannot be another grant’s or another version’s, though the grant secret is the same', async () => {
    const grant = await grantRootOfExample();
    const envelope = await sealForGrant(grant, inputs.grantId, item, payload);
    await expect(openForGrant(grant, inputs.childGrantId, item, payload, envelope)).rejects.toMatchObject(broken);
    await expect(openForGrant(grant, inputs.grantId, { ...item, version: 2 }, payload, envelope)).rejects.toMatchObject(broken);
  });
});

describe('An envelope that is authentic', () => {
  const types = ['vaultItem', 'unlock', 'tokenWrap', 'escrow', 'sealedKey', 'child'] as const;

  test('and of another type, version or suite is refused before any key is tried', async () => {
    const cipher = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    for (const made of types) {
      const envelope = await seal(made, cipher, [], new Uint8Array(32));
      for (const expected of types) {
        const check = (): void => { checkShape(expected, envelope, nonceSize, isSecretSize); };
        if (made === expected) check();
        else expect(check, `${made} as ${expected}`).toThrow(expect.objectContaining(broken));
      }
      for (const [byte, value] of [[0, 0x4c], [1, 0x51], [2, 2], [3, 7], [4, 2], [4, 3]] as const) {
        const other = Uint8Array.from(envelope);
        other[byte] = value;
        expect(() => { checkShape(made, other, nonceSize, isSecretSize); }).toThrow(expect.objectContaining(broken));
      }
    }
  });

  test('but holds a secret of another length is refused', async () => {
    const vault = await vaultRoot();
    const at = { vaultId: inputs.vaultId, grantId: inputs.grantId };
    const unlocker = await unlockerOfPasskey(fromHex(inputs.prfOutput), inputs.rpId, fromHex(inputs.credentialId));
    const point = (await vaultPair(vault)).point;
    for (const length of [0, 31, 33]) {
      const secret = new Uint8Array(length);
      const escrow = await sealEscrow(vault, at, 'app', secret);
      await expect(openEscrow(vault, at, 'app', escrow)).rejects.toMatchObject(broken);
      const unlock = await sealUnlock(unlocker, inputs.accountId, inputs.vaultId, secret);
      await expect(openUnlock(unlocker, inputs.accountId, inputs.vaultId, unlocker.commitment, unlock)).rejects.toMatchObject(broken);
      const deposit = await sealEscrowDeposit(point, at, 'app', secret);
      await expect(openEscrowDeposit(await vaultPair(vault), at, 'app', deposit)).rejects.toMatchObject(broken);
      await expect(openItemBytes(vault, item, await sealItemBytes(vault, item, secret))).rejects.toMatchObject(broken);
    }
  });
});

describe('What is derived from', () => {
  test('is refused when it is memory that was never filled or has been wiped', async () => {
    await expect(rootOf('KeyPass/v1/grant', new Uint8Array(32))).rejects.toMatchObject({ reason: 'malformed' });
    await expect(rootOf('KeyPass/v1/vault', new Uint8Array())).rejects.toMatchObject({ reason: 'malformed' });
  });

  test('cannot be read again', async () => {
    const { material } = await rootOf('KeyPass/v1/grant', Uint8Array.of(1, 2, 3));
    expect(material.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', material)).rejects.toThrow();
  });
});
