import { expect, test } from 'vitest';
import type { Budget } from '../../src/budgets/budget';
import { nanoOfCents } from '../../src/budgets/money';
import type { Consent, FittingKey } from '../../src/pages/link/consent-api';
import { ceilingsOf, covering, effective, perHourOf, requestsFor } from '../../src/pages/link/worth';

const budget = (cents: number, period: Budget['set']['period'] = 'monthly'): Budget => ({
  set: { limitCents: cents, period, days: null, timeZone: 'UTC', anchorDay: null, clamp: true },
  limit: nanoOfCents(cents), spent: 0n, reserved: 0n, remaining: nanoOfCents(cents), unaccounted: 0n, resetsAt: undefined,
});
const row = (id: string, provider: string, own?: Budget): FittingKey => ({ id, provider, label: undefined, budget: own });
const asked = (rows: readonly FittingKey[], accountBudget?: Budget) => ({ rows, accountBudget }) as unknown as Consent;

test('The least of what holds is what the app can get', () => {
  const consent = asked([row('a', 'openai', budget(500))], budget(800));
  const ceilings = ceilingsOf(consent, ['a'], 1000, 'monthly');
  expect(ceilings.map(({ row: one }) => one?.id)).toEqual([undefined, 'a']);
  expect(effective(ceilings, ['a'], 1000)).toBe(nanoOfCents(500));
});

test('A higher limit, one of a key that is not chosen, and one that begins anew more often are none', () => {
  const consent = asked([row('a', 'openai', budget(2000)), row('b', 'anthropic', budget(1)), row('c', 'groq', budget(100, 'daily'))]);
  expect(ceilingsOf(consent, ['a', 'c'], 1000, 'monthly')).toEqual([]);
});

test('The limits of several keys add up, and a key without one lifts them', () => {
  const consent = asked([row('a', 'openai', budget(300)), row('b', 'anthropic', budget(400)), row('c', 'groq')]);
  expect(effective(ceilingsOf(consent, ['a', 'b'], 1000, 'monthly'), ['a', 'b'], 1000)).toBe(nanoOfCents(700));
  expect(effective(ceilingsOf(consent, ['a', 'c'], 1000, 'monthly'), ['a', 'c'], 1000)).toBe(nanoOfCents(1000));
});

test('A guess at requests has two digits, and what is free or too dear is no division by nought', () => {
  const call = { provider: 'openai', model: 'gpt-5-mini', nanoUsd: 1_250_000 };
  expect(requestsFor(nanoOfCents(1000), call)).toBe('8,000');
  expect(requestsFor(1n, call)).toBe('0');
  expect(requestsFor(1n, { ...call, nanoUsd: 0 })).toBe('0');
});

test('In one hour a fifth goes at most, of small sums a dollar', () => {
  expect([5, 100, 300, 1000].map(perHourOf)).toEqual([5, 100, 100, 200]);
});

test('Keys that are connected stay, and a provider without one gets its first', () => {
  const rows = [row('a', 'openai'), row('b', 'openai'), row('c', 'anthropic')];
  expect(covering(rows, [])).toEqual(['a', 'c']);
  expect(covering(rows, ['b', 'gone'])).toEqual(['b', 'c']);
});
