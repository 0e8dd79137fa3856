import { describe, expect, test } from 'vitest';
import {
  credentialPrefixes, credentialRoot, fingerprint, grantRoot, grantWords, hashCredential, linkReference, mintCredential, newId, newRecoveryCode,
  openRelay, osRandom, prefixOf, readRecoveryCode, recoveryCodeBytes, sealRelay, showRecoveryCode, tagVaultPoint, toHex, type Random,
} from '../../src/kp1/index';
import { crc32 } from '../../src/kp1/credential';
import { wordOf } from '../../src/kp1/fingerprint';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('A credential', () => {
  test.each(credentialPrefixes)('%s… is minted in the form scanners look for', (prefix) => {
    const minted = mintCredential(prefix);
    expect(minted).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{49}$`));
    expect(prefixOf(minted)).toBe(prefix);
    expect(mintCredential(prefix)).not.toBe(minted);
  });

  test('uses every character equally often, and takes no byte that would favour some', () => {
    const counts = new Map<string, number>();
    const drawn = 5000;
    for (let n = 0; n < drawn; n++) for (const character of mintCredential('kp_pt_').slice(6, 49)) counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = (drawn * 43) / 62;
    const chiSquare = Array.from(alphabet).reduce((sum, character) => sum + ((counts.get(character) ?? 0) - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: more than 130 happens once in a million runs.
    expect(chiSquare).toBeLessThan(130);
    const counting: Random = (length) => Uint8Array.from({ length }, (_, index) => 240 + (index % 16));
    expect(mintCredential('kp_pt_', counting).slice(6, 49)).toMatch(/^[s-z]+$/);
  });

  test('mistyped, cut off or of another alphabet is refused without asking anyone', () => {
    const minted = mintCredential('km_live_');
    for (let at = 0; at < minted.length; at++) {
      const other = minted.charAt(at) === 'a' ? 'b' : 'a';
      expect(prefixOf(minted.slice(0, at) + other + minted.slice(at + 1)), `character ${at}`).toBeUndefined();
    }
    for (const bad of ['', 'km_live_', minted.slice(0, -1), `${minted}0`, ` ${minted}`, `${minted}\n`, minted.toUpperCase(), minted.replace('live', 'test')]) {
      expect(prefixOf(bad)).toBeUndefined();
    }
  });

  test('that is none is neither hashed nor derived from', async () => {
    await expect(hashCredential('km_live_nonsense')).rejects.toMatchObject({ reason: 'malformed' });
    expect(() => credentialRoot('km_live_nonsense')).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });

  test('has the checksum of IEEE 802.3', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });
});

describe('A recovery code', () => {
  test('has eight groups of four and 160 bits', () => {
    const codes = Array.from({ length: 200 }, () => newRecoveryCode());
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(codes.join('').replaceAll('-', ''))).toHaveProperty('size', 32);
    expect(newRecoveryCode((length) => Uint8Array.from({ length }, (_, index) => index + 224))).toBe('0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ');
  });

  test('is read as people write it', () => {
    const code = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    for (const typed of [
      code,
      code.toLowerCase(),
      '0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ',
      ' 0123 4567 89ab cdef ghjk mnpq rstv wxyz\n',
      'o1234567-89abcdef'.replace('1', 'l') + 'ghjkmnpqrstvwxyz',
      'OI23456789ABCDEFGHJKMNPQRSTVWXYZ',
      '0123–4567–89AB–CDEF–GHJK–MNPQ–RSTV–WXYZ',
      '０1234567 89ABCDEFGHJKMNPQRSTVWXYZ',
    ])
      expect(readRecoveryCode(typed), typed).toBe(code);
    expect(showRecoveryCode(code)).toBe('0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ');
    expect(recoveryCodeBytes(code.toLowerCase())).toEqual(new TextEncoder().encode(code));
  });

  test.each(['', '0123', '0123456789ABCDEFGHJKMNPQRSTVWXYU', '0123456789ABCDEFGHJKMNPQRSTVWXYZ0', '0123456789ABCDEFGHJKMNPQRSTVWXY!'])('is not %j', (typed) => {
    expect(readRecoveryCode(typed)).toBeUndefined();
    expect(() => recoveryCodeBytes(typed)).toThrow(expect.objectContaining({ reason: 'malformed' }));
  });
});

describe('Words to compare', () => {
  test('are 2048 different ones, six at a time', async () => {
    expect(new Set(Array.from({ length: 2048 }, (_, index) => wordOf(index))).size).toBe(2048);
    const words = await fingerprint(Uint8Array.of(1, 2, 3));
    expect(words).toHaveLength(6);
    for (const word of words) expect(word).toMatch(/^[a-z]+-[a-z]+$/);
    // SHA-256(010203) = 039058c6f2c0cb492c…: its first 66 bits in six parts of eleven.
    const bits = [...(await sha256(Uint8Array.of(1, 2, 3)))].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    expect(words).toEqual([0, 1, 2, 3, 4, 5].map((part) => wordOf(Number.parseInt(bits.slice(part * 11, part * 11 + 11), 2))));
  });

  test('change with the vault, the grant and its secret', async () => {
    const [point, secret, id] = [osRandom(65), osRandom(32), newId()];
    const all = [
      await grantWords(point, id, secret),
      await grantWords(osRandom(65), id, secret),
      await grantWords(point, newId(), secret),
      await grantWords(point, id, osRandom(32)),
    ];
    expect(new Set(all.map((words) => words.join(' '))).size).toBe(4);
    expect(await grantWords(point, id, secret)).toEqual(all[0]);
  });
});

describe('The tag on a vault’s public point', () => {
  test('changes with the grant, the vault, the epoch and the point', async () => {
    const [grant, other] = [await grantRoot(osRandom(32)), await grantRoot(osRandom(32))];
    const [vaultId, point] = [newId(), osRandom(65)];
    const tags = [
      await tagVaultPoint(grant, vaultId, 1, point), await tagVaultPoint(other, vaultId, 1, point), await tagVaultPoint(grant, newId(), 1, point),
      await tagVaultPoint(grant, vaultId, 2, point), await tagVaultPoint(grant, vaultId, 1, osRandom(65)),
    ];
    expect(new Set(tags.map(toHex)).size).toBe(5);
    expect(tags[0]).toHaveLength(32);
  });
});

describe('The relay', () => {
  const [linkToken, publicToken, sessionId] = [mintCredential('kp_lt_'), mintCredential('kp_pt_'), newId()];

  test('carries a public token to whoever has the link token of that session', async () => {
    const sealed = await sealRelay(linkToken, sessionId, publicToken);
    expect(Buffer.from(sealed).includes(publicToken)).toBe(false);
    expect(await openRelay(linkToken, sessionId, sealed)).toBe(publicToken);
    for (const [otherToken, session] of [[mintCredential('kp_lt_'), sessionId], [linkToken, newId()]] as const) {
      await expect(openRelay(otherToken, session, sealed)).rejects.toMatchObject({ reason: 'broken' });
    }
  });

  test('refuses what was changed, and carries nothing but public tokens', async () => {
    const sealed = await sealRelay(linkToken, sessionId, publicToken);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(openRelay(linkToken, sessionId, changed)).rejects.toMatchObject({ reason: 'broken' });
    }
    await expect(openRelay(linkToken, sessionId, sealed.slice(0, 28))).rejects.toMatchObject({ reason: 'broken' });
    await expect(sealRelay(linkToken, sessionId, mintCredential('kp_at_'))).rejects.toMatchObject({ reason: 'malformed' });
    await expect(sealRelay(publicToken, sessionId, publicToken)).rejects.toMatchObject({ reason: 'malformed' });
  });

  test('puts into an address a hash that is not the link token', async () => {
    const reference = await linkReference(linkToken);
    expect(reference).toEqual((await sha256(new TextEncoder().encode(linkToken))).slice(0, 16));
  });
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
