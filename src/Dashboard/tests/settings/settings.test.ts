import { expect, test } from 'vitest';
import { deviceName } from '../../src/pages/settings/device';
import { fallsWith, type TokenRow } from '../../src/pages/settings/tokens-api';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36', 'Chrome on Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'Safari on Mac'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0', 'Firefox on Android'],
  ['curl/8.5.0', 'curl'],
  ['', 'A program that did not say its name'],
])('%s is %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});

test('With a token goes what it made and nobody confirmed, however far down', () => {
  const row = (id: string, madeBy: string | undefined, more: Partial<TokenRow> = {}): TokenRow => ({
    id, madeBy, name: id, scopes: [], keyIds: [], revoked: false,
    approved: madeBy === undefined, createdAt: '', expiresAt: undefined, lastUsedAt: undefined, ...more,
  });
  const rows = [
    row('a', undefined), row('b', 'a'), row('c', 'b'), row('confirmed', 'a', { approved: true }),
    row('of confirmed', 'confirmed'), row('gone', 'a', { revoked: true }),
    row('other', undefined),
  ];
  expect(fallsWith(rows, 'a').map(({ id }) => id)).toEqual(['b', 'c']);
});
