import { argon2id } from '@noble/hashes/argon2.js';
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
