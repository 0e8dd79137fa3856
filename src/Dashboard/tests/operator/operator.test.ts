// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { concernsOf } from '../../src/pages/operator/concerns';
import type { Summary } from '../../src/pages/operator/operator-api';
import { draftOf, isShown, kinds, ratesWords, readDollars, wishOf } from '../../src/pages/operator/price-draft';
import { pricesPath, readPrice } from '../../src/pages/operator/prices-api';

const well: Summary = {
  version: '0.1.0', database: 'PostgreSQL 18', migration: 'm', accounts: 3, newAccounts: 1, apps: 1, connections: 0, virtualKeys: 2, openInvites: 0,
  letters: 0, priceOverrides: 0, servers: 2, lostServers: 0, leases: 1, leased: 1n, unaccounted: 0n, openCalls: 1, boundViolations: 0,
  ring: [{ epoch: 1, state: 'active', createdAt: '2026-01-01T00:00:00Z', servers: 2 }],
};

test('Where all is well, nothing is to be looked at', () => {
  expect(concernsOf(well)).toEqual([]);
});

test('What is wrong is named, the worst first, with what to do', () => {
  const found = concernsOf({ ...well, boundViolations: 1, lostServers: 1, unaccounted: 20_000_000n, servers: 3, letters: 100 });
  expect(found.map(({ kind }) => kind)).toEqual(['bad', 'bad', 'warn', 'warn', 'warn']);
  expect(found[0]?.what).toContain('One call cost more');
  expect(found[1]?.what).toContain('One server lacks the active epoch');
  for (const { mend } of found) expect(mend).not.toBe('');
});

const price = readPrice({
  provider: 'openai', model: 'gpt-5', nanoUsdPerMillion: { input: 1_250_000_000, output: 10_000_000_000, webSearches: 10_000_000_000_000 },
  contextTokens: 400_000, maxOutputTokens: 128_000, source: 'both', longInput: [{ aboveInputTokens: 5, nanoUsdPerMillion: { input: 1 } }],
});

test('A price is typed in dollars, and kept to the nano-dollar', () => {
  expect(readDollars('1.25')).toBe(1_250_000_000);
  expect(readDollars('$0,075')).toBe(75_000_000);
  expect(readDollars('0')).toBe(0);
  for (const odd of ['', 'x', '-1', '1.', '1.2345678901', '1,000.00']) expect(readDollars(odd)).toBeUndefined();
});

test('Every rate can be typed; what is not stays as it was, and what this page does not know, too', () => {
  const draft = { ...draftOf(price), rates: { ...draftOf(price).rates, input: '2', cachedInput: '0.2', outputAudio: '64' } };
  expect(wishOf(draft, { ...price, rates: { ...price.rates, newKind: 7 } })).toEqual({
    wish: {
      provider: 'openai', model: 'gpt-5', contextTokens: 400_000, maxOutputTokens: 128_000, longInput: price.longInput,
      rates: {
        input: 2_000_000_000, cachedInput: 200_000_000, output: 10_000_000_000, webSearches: 10_000_000_000_000, outputAudio: 64_000_000_000, newKind: 7,
      },
    },
  });
});

test('What cannot be meant is told at its field, and nothing is sent', () => {
  expect(wishOf(draftOf(undefined), undefined)).toEqual({
    wrong: {
      provider: 'Choose whose model it is.', model: 'Name the model as calls do.', rates: { input: 'Say at least what a million tokens of input cost.' },
    },
  });
  expect(wishOf({ ...draftOf(price), rates: { webSearches: 'dear' }, maxOutputTokens: '0' }, price)).toEqual({
    wrong: { rates: { webSearches: 'A sum in dollars, like 1.25.' }, maxOutputTokens: 'A number of tokens, like 128000.' },
  });
});

test('The form asks for every rate that the API takes, first for the common ones and those that the model has', () => {
  const classes = readFileSync(new URL('../../../Server/Pricing/UsageClass.cs', import.meta.url), 'utf8').match(/^ {4}([A-Z]\w+),$/gm) ?? [];
  const inApi = classes.map((line) => line.trim().slice(0, -1)).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
  expect(kinds.map(({ name }) => name).sort()).toEqual(inApi.sort());
  expect(kinds.filter(({ name }) => isShown(name, price)).map(({ name }) => name)).toEqual(['input', 'output', 'cachedInput', 'webSearches']);
});

test('A price is told by its common rates, and by how many more there are', () => {
  expect(ratesWords(price.rates)).toBe('$1.25 in · $10.00 out · 1 more');
});

test('The list is asked for as it was narrowed', () => {
  expect(pricesPath({ search: '', provider: '', overrides: false })).toBe('/v1/prices');
  expect(pricesPath({ search: 'gpt 5', provider: 'openai', overrides: true })).toBe('/v1/prices?search=gpt+5&provider=openai&overrides=true');
});
