import { expect, test } from 'vitest';
import { normalized, withPassword } from '../../src/app/managed-password';
import { Trouble } from '../../src/app/trouble';

const composed = 'caf\u00e9 \ufb01nancier';
const decomposed = 'cafe\u0301 \ufb01nancier';
const sent = 'caf\u00e9 financier';

async function tried(typed: string, right: string, code = 'sign_in_failed') {
  const seen: string[] = [];
  const outcome = await withPassword(typed, (password) => {
    seen.push(password);
    return password === right ? Promise.resolve('in') : Promise.reject(refusal(code));
  }).catch(() => 'refused');
  return { seen, outcome };
}

const refusal = (code: string) => new Trouble(code, 'No.');

test('However a keyboard writes a password, the server gets the same one', async () => {
  expect([normalized(composed), normalized(decomposed)]).toEqual([sent, sent]);
  expect(await tried(decomposed, sent)).toEqual({ seen: [sent], outcome: 'in' });
});

test('A password that was kept as it came still signs in', async () => {
  expect(await tried(decomposed, decomposed)).toEqual({ seen: [sent, decomposed], outcome: 'in' });
});

test('A wrong one is tried once where there is nothing else to try, and anything but a wrong password ends it', async () => {
  expect(await tried('plain and wrong', sent)).toEqual({ seen: ['plain and wrong'], outcome: 'refused' });
  expect(await tried(decomposed, decomposed, 'rate_limited')).toEqual({ seen: [sent], outcome: 'refused' });
});
