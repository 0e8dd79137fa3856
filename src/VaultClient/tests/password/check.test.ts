import { describe, expect, test } from 'vitest';
import { checkPassword } from '../../src/password/check';
import { commonPasswords } from '../../src/password/common';

const beside = { onlyFactor: false };
const alone = { onlyFactor: true };

describe('A password', () => {
  test.each([
    'sieben Zwerge am Fluss',
    'correct turnip lantern 9',
    'r7#kQz!vLw2pXt',
    'ключ от старого дома',
    '夏目漱石の猫は名前がまだない です',
    'kd93 jf8s 1ms9',
  ])('%j is accepted', (password) => {
    expect(checkPassword(password, beside)).toMatchObject({ accepted: true });
  });

  test('needs twelve characters beside a second factor, and fifteen alone', () => {
    expect(checkPassword('turnip-lant', beside).accepted).toBe(false);
    expect(checkPassword('turnip-lante', beside).accepted).toBe(true);
    expect(checkPassword('turnip-lante', alone).sentence).toContain('at least 15');
    expect(checkPassword('turnip-lantern', alone).accepted).toBe(false);
    expect(checkPassword('turnip-lantern9', alone).accepted).toBe(true);
  });

  test('may have up to 1024, of any kind', () => {
    const long = Array.from({ length: 256 }, (_, index) => String.fromCodePoint(0x4e00 + index * 7)).join('').repeat(4);
    expect(checkPassword(`${long.slice(0, 1023)}!`, alone).accepted).toBe(true);
    expect(checkPassword(`${long}!`, alone).accepted).toBe(false);
  });

  test('is counted in characters as they are hashed, not in code units', () => {
    expect(checkPassword('🦊🐢🦉🐙🦀🐝🦋🐞🐳🦎🐌', beside).accepted).toBe(false);
    expect(checkPassword('🦊🐢🦉🐙🦀🐝🦋🐞🐳🦎🐌🐍', beside).accepted).toBe(true);
  });

  test.each([
    'password12345678', 'Password1234!', 'P@ssw0rd12345', 'qwertyuiop123', 'iloveyouforever', 'correcthorsebatterystaple', 'Correct Horse Battery Staple',
    '!!!welcome2025!!!', 'letmein letmein', '123456789012', 'passwordpassword', 'administrator99', 'Liverpool Liverpool', 'sunshine-2025-01',
  ])('%j is among those tried first', (password) => { expect(checkPassword(password, beside)).toMatchObject({ accepted: false }); });

  test.each(['aaaaaaaaaaaaaaa', 'abababababababab', 'abcdefghijklmnop', '98765432109876543', 'xyzxyzxyzxyzxyz', 'mnopqrstuvwxyzabc'])(
    '%j follows a pattern',
    (password) => {
      expect(checkPassword(password, beside).accepted).toBe(false);
    },
  );

  test('is not about the person who chooses it', () => {
    const ofAnna = { onlyFactor: false, context: ['anna.petersen@example.org'] };
    expect(checkPassword('annapetersen1', ofAnna).accepted).toBe(false);
    expect(checkPassword('PetersenAnna!', ofAnna).accepted).toBe(false);
    expect(checkPassword('anna walks to lisbon', ofAnna).accepted).toBe(true);
  });

  test('gets one plain sentence either way', () => {
    for (const password of ['short', 'password12345678', 'turnip-lantern9', 'sieben Zwerge am grossen Fluss']) {
      expect(checkPassword(password, alone).sentence).toMatch(/^[A-Z].*\.$/);
      expect(checkPassword(password, alone).sentence).not.toContain(password);
    }
  });
});

test('The list has hundreds of passwords in the form in which they are looked up', () => {
  expect(commonPasswords.size).toBeGreaterThan(600);
  for (const password of commonPasswords) expect(password).toMatch(/^[a-z0-9]{6,}$/);
});
