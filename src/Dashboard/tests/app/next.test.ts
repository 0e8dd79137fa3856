import { expect, test } from 'vitest';
import { nextPage, signInAddress, withNext } from '../../src/app/next';

test('The way back is a page that needs someone, by its name', () => {
  expect(nextPage(new URL(signInAddress('/settings'), 'http://here').search)).toBe('/settings');
  expect(signInAddress('/keys')).toBe('/sign-in');
  expect(withNext('/sign-up', '?next=%2Fsettings')).toBe('/sign-up?next=%2Fsettings');
});

const elsewhere = ['//evil.example', 'https://evil.example/keys', '/%5Cevil.example', 'javascript:alert(1)', '/sign-in', '/nowhere', ''];

test.each(['', ...elsewhere.map((address) => `?next=${address}`)])(
  'Anything else leads to the start: %s',
  (search) => { expect(nextPage(search)).toBe('/keys'); },
);
