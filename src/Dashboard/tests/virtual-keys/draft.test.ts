import { expect, test } from 'vitest';
import type { KeyRow } from '../../src/pages/keys/keys-api';
import { Trouble } from '../../src/app/trouble';
import { draftOf, emptyDraft, limitsOf, listIn, moneyOf, orderIn, usableOf, wrongIn, wrongTold } from '../../src/pages/virtual-keys/draft';
import { readVirtualKey } from '../../src/pages/virtual-keys/virtual-keys-api';

const answered = {
  id: 'v'.repeat(32), name: 'support bot', hint: 'x7Qp', mode: 'live', tags: ['team-blue', 'staging'], status: 'active', providerKeyIds: ['a', 'b'],
  providers: ['openai'], models: ['gpt-5*', 'o3'], routes: ['text'], cancelsOnHangUp: true,
  rateLimits: { requestsPerMinute: 60, tokensPerMinute: null, concurrent: null, centsPerHour: 50 },
  budget: {
    limitCents: 500, period: 'weekly', days: null, timeZone: 'Europe/Berlin', anchorDay: 1, clamp: true, limitNanoUsd: 5_000_000_000, spentNanoUsd: 0,
    reservedNanoUsd: 0, remainingNanoUsd: 5_000_000_000, unaccountedNanoUsd: 0, startsAt: '2026-11-15T23:00:00Z', resetsAt: '2026-11-22T23:00:00Z',
  },
  madeBy: 'account', approved: true,
  createdAt: '2026-11-21T10:00:00Z', expiresAt: null, lastUsedAt: null,
};
const row = (id: string, provider: string): KeyRow => ({
  id, provider, kind: 'key', origin: `https://${provider}.example`, version: 1, envelope: 'AA', label: id, custody: 'sealed', status: 'active', broken: false,
  createdAt: '', rotatedAt: undefined, lastTest: undefined, budget: undefined,
});

test('What the server says of a key comes into the form and out of it again unchanged', () => {
  const read = readVirtualKey(answered);
  const draft = draftOf(read, 'UTC');
  expect(limitsOf(draft)).toEqual(read.limits);
  expect(listIn(draft.tags)).toEqual(read.tags);
  expect(moneyOf(draft)).toEqual({ budget: read.budget?.set, rates: read.rates });
  expect(draft).toMatchObject({ name: 'support bot', keyIds: ['a', 'b'], cancelsOnHangUp: true });
  expect(read).toMatchObject({ test: false, madeBy: undefined, expiresAt: undefined, lastUsedAt: undefined });
});

test('A list is read however it was separated, each entry once', () => {
  expect(listIn(' gpt-5*, o3\n\n o3 ,')).toEqual(['gpt-5*', 'o3']);
  expect(listIn('')).toEqual([]);
});

test('What is missing or cannot be meant is said at its field', () => {
  const empty = emptyDraft('UTC');
  expect(wrongIn(empty, false)).toEqual({ name: 'Give it a name.', keyIds: 'Tick at least one: it calls with that.' });
  expect(wrongIn({ ...empty, name: 'x' }, true)).toEqual({});
  expect(wrongIn({ ...empty, name: 'x', keyIds: ['a'], models: 'gpt-5 mini' }, false).models).toContain('“gpt-5 mini” has a space');
});

test('Of two keys of one vendor the order of the ticks is the order of asking, and is said', () => {
  const rows = [row('a', 'openai'), row('b', 'openai'), row('c', 'groq')];
  const chosen = usableOf(['b', 'c', 'a', 'gone'], { rows, providers: [] });
  expect(chosen.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  expect(orderIn(chosen, ({ id }) => id)).toEqual(['b, then a']);
});

test('What of the limits cannot be meant is said at its field, and nothing is sent', () => {
  const draft = emptyDraft('UTC');
  const wrong = { ...draft, budget: { ...draft.budget, limited: true, dollars: '5.555' }, rates: { ...draft.rates, concurrent: '0', centsPerHour: 'x' } };
  expect(wrongIn(wrong, true)).toMatchObject({
    budget: { limitCents: 'Write dollars and cents, like 5.50.' },
    rates: {
      concurrent: 'Write a whole number, 1 to 100,000, or nothing for no limit.', centsPerHour: 'Write dollars and cents, like 0.50, or nothing for no limit.',
    },
  });
  expect(moneyOf(wrong)).toBeUndefined();
  expect(moneyOf(draft)).toEqual({ budget: null, rates: { requestsPerMinute: null, tokensPerMinute: null, concurrent: null, centsPerHour: null } });
});

test('What the server says of a limit stands at its field, and of anything else nowhere', () => {
  const told = (field: string) => wrongTold(new Trouble('invalid_request', 'No.', { field }));
  expect(told('rateLimits.concurrent')).toEqual({ rates: { concurrent: 'No.' } });
  expect(told('budget.days')).toEqual({ budget: { days: 'No.' } });
  expect(told('name')).toEqual({});
});
