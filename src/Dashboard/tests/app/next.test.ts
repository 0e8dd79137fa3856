import { expect, test } from 'vitest';
import { nextPage, signInAddress, withNext } from '../../src/app/next';

test('The way back is a page that needs someone, by its name', () => {
  expect(nextPage(new URL(signInAddress('/settings'), 'http://here'))).toBe('/settings');
  expect(signInAddress('/home')).toBe('/sign-in');
  expect(withNext('/sign-up', { search: '?next=%2Fsettings', hash: '' })).toBe('/sign-up?next=%2Fsettings');
});

test('What was chosen on a page is chosen again, without anything else', () => {
  expect(nextPage(new URL(signInAddress('/logs?model=gpt-5&status=error'), 'http://here'))).toBe('/logs?model=gpt-5&status=error');
  expect(nextPage({ search: '?next=%2Flogs%3Fmodel%3Dx%23secret', hash: '#y' })).toBe('/logs?model=x');
  expect(nextPage({ search: '?next=%2Flogs%23secret', hash: '' })).toBe('/logs');
  expect(withNext('/sign-up', { search: '?next=%2Flogs%3Fmodel%3Dx', hash: '' })).toBe('/sign-up?next=%2Flogs%3Fmodel%3Dx');
  expect(nextPage({ search: '?next=%2F%2Fevil.example%3F%2Flogs', hash: '' })).toBe('/home');
});

test('The way back to what an app asks keeps its fragment, and no other way does', () => {
  const asked = new URL('/sign-in?next=%2Flink%2Fabc#kp_lt_1', 'http://here');
  expect(nextPage(asked)).toBe('/link/abc#kp_lt_1');
  expect(withNext('/sign-up', asked)).toBe('/sign-up?next=%2Flink%2Fabc#kp_lt_1');
  expect(nextPage({ search: '?next=%2Fsettings', hash: '#kp_lt_1' })).toBe('/settings');
  expect(nextPage({ search: '?next=%2Flink%2Fabc%2Fdef', hash: '#kp_lt_1' })).toBe('/home');
});

const elsewhere = ['//evil.example', 'https://evil.example/keys', '/%5Cevil.example', 'javascript:alert(1)', '/sign-in', '/nowhere', ''];

test.each(['', ...elsewhere.map((address) => `?next=${address}`)])(
  'Anything else leads to the start: %s',
  (search) => { expect(nextPage({ search, hash: '#x' })).toBe('/home'); },
);
