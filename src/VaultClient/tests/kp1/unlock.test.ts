import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  checkFloor, encodeKdf, fromHex, openUnlock, passwordBytes, recoveryCodeBytes, sealUnlock, toHex, unlockerOfPasskey, unlockerOfPassword,
  unlockerOfRecovery, withFloor, type PasswordKdf, type Stretch,
} from '../../src/kp1/index';
import { stretchPassword } from '../../src/kp1/argon';
import { readKdf, writeKdf } from '../../src/vault/wire';
import { inputs, kdf } from '../support/worked-example';

const vaultKey = fromHex(inputs.vaultKey);
const { accountId, vaultId } = inputs;
const salt = fromHex(inputs.kdfSalt);
const argon = { algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1, salt } as const;

afterEach(() => vi.restoreAllMocks());

describe('Unlocking', () => {
  test('by password, recovery code and passkey each opens its own envelope and no other', async () => {
    const unlockers = [
      await unlockerOfPassword(fromHex(inputs.masterSecret), kdf),
      await unlockerOfRecovery(recoveryCodeBytes('0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ')),
      await unlockerOfPasskey(fromHex(inputs.prfOutput), inputs.rpId, fromHex(inputs.credentialId)),
    ];
    for (const mine of unlockers) {
      const envelope = await sealUnlock(mine, accountId, vaultId, vaultKey);
      for (const theirs of unlockers) {
        const opened = openUnlock(theirs, accountId, vaultId, mine.commitment, envelope);
        if (theirs === mine) expect(toHex(await opened)).toBe(inputs.vaultKey);
        else await expect(opened).rejects.toMatchObject({ reason: 'wrong-secret' });
        if (theirs !== mine) await expect(openUnlock(theirs, accountId, vaultId, theirs.commitment, envelope)).rejects.toMatchObject({ reason: 'broken' });
      }
    }
  });

  test('decrypts nothing when what stands beside the envelope is another password’s', async () => {
    const mine = await unlockerOfPassword(fromHex(inputs.masterSecret), kdf);
    const theirs = await unlockerOfPassword(fromHex(inputs.grantSecret), kdf);
    const envelope = await sealUnlock(mine, accountId, vaultId, vaultKey);
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    await expect(openUnlock(mine, accountId, vaultId, theirs.commitment, envelope)).rejects.toMatchObject({ reason: 'wrong-secret' });
    await expect(openUnlock(mine, accountId, vaultId, new Uint8Array(), envelope)).rejects.toMatchObject({ reason: 'wrong-secret' });
    expect(decrypt).not.toHaveBeenCalled();
    await openUnlock(mine, accountId, vaultId, mine.commitment, envelope);
    expect(decrypt).toHaveBeenCalledOnce();
  });

  test('is bound to the cost at which the password was hashed', async () => {
    const mine = await unlockerOfPassword(fromHex(inputs.masterSecret), kdf);
    const envelope = await sealUnlock(mine, accountId, vaultId, vaultKey);
    const otherCost = { ...mine, kdf: { ...argon, iterations: 4 } };
    await expect(openUnlock(otherCost, accountId, vaultId, mine.commitment, envelope)).rejects.toMatchObject({ reason: 'broken' });
  });

  test('with a passkey of another site or another passkey gives another secret', async () => {
    const output = fromHex(inputs.prfOutput);
    const mine = await unlockerOfPasskey(output, 'keypass.example', Uint8Array.of(1, 2));
    for (const [rpId, id] of [['evil.example', Uint8Array.of(1, 2)], ['keypass.example', Uint8Array.of(1, 3)]] as const) {
      expect((await unlockerOfPasskey(output, rpId, id)).commitment).not.toEqual(mine.commitment);
    }
  });

  test('proves, wraps and commits with three values of which none gives another away', async () => {
    const { authHash, commitment } = await unlockerOfPassword(fromHex(inputs.masterSecret), kdf);
    expect(toHex(authHash ?? new Uint8Array())).not.toBe(toHex(commitment));
  });
});

describe('The cost of guessing a password', () => {
  const tooWeak: readonly [string, PasswordKdf][] = [
    ['less than 64 MiB', { ...argon, memoryKib: 65_535 }],
    ['two passes', { ...argon, iterations: 2 }],
    ['two lanes', { ...argon, parallelism: 2 }],
    ['no lane', { ...argon, parallelism: 0 }],
    ['a short salt', { ...argon, salt: salt.slice(1) }],
    ['a long salt', { ...argon, salt: new Uint8Array(17) }],
    ['no number', { ...argon, memoryKib: Number.NaN }],
    ['half a pass', { ...argon, iterations: 3.5 }],
    ['a wish to freeze the page', { ...argon, memoryKib: 8_388_608 }],
    ['passes without end', { ...argon, iterations: 1_000_000 }],
    ['PBKDF2 with 599,999', { algorithm: 'pbkdf2', iterations: 599_999, salt }],
    ['PBKDF2 with a short salt', { algorithm: 'pbkdf2', iterations: 600_000, salt: salt.slice(2) }],
    ['PBKDF2 without end', { algorithm: 'pbkdf2', iterations: 1e9, salt }],
  ];

  test.each(tooWeak)('is refused before anything is computed: %s', async (_, weak) => {
    const digest = vi.spyOn(crypto.subtle, 'digest');
    const deriveBits = vi.spyOn(crypto.subtle, 'deriveBits');
    const stretch = vi.fn<Stretch>();
    await expect(withFloor(stretch)(passwordBytes('whatever'), weak)).rejects.toMatchObject({ reason: 'weak-kdf' });
    await expect(stretchPassword(passwordBytes('whatever'), weak, () => 0)).rejects.toMatchObject({ reason: 'weak-kdf' });
    expect(stretch).not.toHaveBeenCalled();
    expect(digest).not.toHaveBeenCalled();
    expect(deriveBits).not.toHaveBeenCalled();
  });

  test('is refused when the server names no hash we know', () => {
    const wire = { ...writeKdf(argon), algorithm: 'scrypt' } as unknown as Parameters<typeof readKdf>[0];
    expect(() => readKdf(wire)).toThrow(expect.objectContaining({ reason: 'weak-kdf' }));
    expect(() => readKdf({ ...writeKdf(argon), memoryKib: 19_456 })).toThrow(expect.objectContaining({ reason: 'weak-kdf' }));
  });

  test('goes to the server and comes back as it was', () => {
    for (const one of [argon, { algorithm: 'pbkdf2', iterations: 600_000, salt } as const]) {
      checkFloor(one);
      expect(readKdf(writeKdf(one))).toEqual(one);
    }
    expect(toHex(encodeKdf(argon))).toBe(`02000100000000000301${inputs.kdfSalt}`);
    expect(toHex(encodeKdf({ algorithm: 'pbkdf2', iterations: 600_000, salt }))).toBe(`0100000000000927c000${inputs.kdfSalt}`);
  });
});
