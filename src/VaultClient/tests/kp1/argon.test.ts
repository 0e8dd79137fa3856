import { argon2id } from '@noble/hashes/argon2.js';
import { argon2id as argon2idInWasm } from 'hash-wasm';
import { pbkdf2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { passwordBytes, toHex } from '../../src/kp1/index';
import { stretchPassword } from '../../src/kp1/argon';
import { argon, hashed, password } from '../support/hashed-password';

const { salt } = argon;

describe('Hashing a password', () => {
  test('is Argon2id by the vector of RFC 9106', () => {
    const secret = { key: new Uint8Array(8).fill(3) }; // eslint-disable-line id-denylist -- the library's name for it
    const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
      t: 3, m: 32, p: 4, version: 0x13, ...secret, personalization: new Uint8Array(12).fill(4), dkLen: 32,
    });
    expect(toHex(tag)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });

  // The reference implementation's own vectors (its test.c), which both engines can compute: the RFC's has associated data, for which the
  // WebAssembly has no parameter.
  const published = [
    ['password', 'somesalt', 2, 256, 1, '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'],
    ['password', 'somesalt', 2, 256, 2, '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037'],
    ['password', 'diffsalt', 2, 65_536, 1, 'bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c'],
  ] as const;
  test.each(published)('is the reference’s Argon2id in both engines: %s, %s', { timeout: 60_000 }, async (typed, spice, t, m, p, expected) => {
    const [bytes, salty] = [new TextEncoder().encode(typed), new TextEncoder().encode(spice)];
    expect(toHex(argon2id(bytes, salty, { t, m, p, dkLen: 32 }))).toBe(expected);
    const wasm = await argon2idInWasm({
      password: bytes, salt: salty, iterations: t, memorySize: m, parallelism: p, hashLength: 32, outputType: 'binary',
    });
    expect(toHex(Uint8Array.from(wasm))).toBe(expected);
  });

  test('is done in WebAssembly', { timeout: 60_000 }, async () => {
    const { secret, engine } = await stretchPassword(passwordBytes(password), argon, () => 0);
    expect(engine).toBe('wasm');
    expect(toHex(secret)).toBe(hashed);
  });

  test('reads what PBKDF2 made', { timeout: 60_000 }, async () => {
    const { secret, engine } = await stretchPassword(passwordBytes('password'), { algorithm: 'pbkdf2', iterations: 600_000, salt }, () => 0);
    expect(engine).toBe('platform');
    expect(toHex(secret)).toBe(toHex(pbkdf2Sync('password', salt, 600_000, 32, 'sha256')));
  });

  test('takes the same password from every keyboard', () => {
    expect(passwordBytes('\u0061\u0308\ufb01')).toEqual(passwordBytes('\u00e4fi'));
    expect(passwordBytes('Ｐａｓｓ')).toEqual(passwordBytes('Pass'));
    expect(passwordBytes('Pass')).not.toEqual(passwordBytes('pass'));
  });
});
