import { expect, test } from 'vitest';
import type { Budget } from '../../src/budgets/budget';
import { nearest, type Home } from '../../src/pages/home/home-api';
import { stepsOf } from '../../src/pages/home/steps';
import { withCall } from '../../src/pages/home/with-call';
import type { Receipt } from '../../src/pages/logs/logs-api';

const budget = (limit: bigint, spent: bigint): Budget => ({
  set: { limitCents: 1, period: 'monthly', days: null, timeZone: 'UTC', anchorDay: null, clamp: true },
  limit, spent, reserved: 0n, remaining: limit - spent, unaccounted: 0n, resetsAt: undefined,
});
const limit = (name: string, most: bigint, spent: bigint) => ({ id: name, name, href: '/keys', budget: budget(most, spent) });

test('What is nearest to its limit comes first, a few at most, and a limit of nothing is reached', () => {
  const all = [
    limit('half', 10n, 5n), limit('none', 10n, 0n), limit('all', 3n, 3n), limit('nothing', 0n, 0n), limit('more', 1_000_000n, 999_000n),
    limit('a third', 9n, 3n), limit('a fifth', 10n, 2n),
  ];
  expect(nearest(all).map(({ name }) => name)).toEqual(['all', 'nothing', 'more', 'half', 'a third', 'a fifth']);
});

test('A step is done once there is what it asks for, and all are once somebody called', () => {
  expect(stepsOf({ usable: 0, callers: 0, trying: false, calls: 0 }).map(({ done }) => done)).toEqual([false, false, false]);
  expect(stepsOf({ usable: 2, callers: 0, trying: false, calls: 0 }).map(({ done }) => done)).toEqual([true, false, false]);
  expect(stepsOf({ usable: 0, callers: 1, trying: false, calls: 9 }).map(({ done }) => done)).toEqual([true, true, true]);
  expect(stepsOf({ usable: 0, callers: 1, trying: true, calls: 0 }).map(({ done }) => done)).toEqual([true, true, false]);
});

const berlin = { timeZone: 'Europe/Berlin', now: Date.parse('2026-11-22T12:00:00Z') };
const call: Receipt = {
  requestId: 'req_1', at: '2026-11-21T23:30:00Z', virtualKeyId: 'bot', caller: 'support bot', providerKeyId: 'work', provider: 'openai', operation: 'chat',
  model: 'gpt-5', servedModel: undefined, servedTier: undefined, status: 200, code: undefined, providerError: undefined, exactness: 'exact', cost: 3n,
  bound: undefined, clampedTo: undefined, priceVersion: undefined, lines: [], input: 10, output: 20, stream: false, hungUp: false, attempts: 1, latencyMs: 5,
  providerMs: undefined, firstByteMs: undefined, tags: [], test: false,
};
const sum = { group: '', label: '', requests: 0, errors: 0, input: 0, output: 0, cost: 0n };
const home: Home = {
  month: { total: sum, unpriced: 0, groups: [], slots: ['2026-11-21', '2026-11-22'], cells: [], exactness: [] }, budget: budget(10n, 1n), attention: [],
  limited: [limit('bot', 10n, 1n), limit('work', 5n, 0n), limit('other', 5n, 0n)], newest: [], has: { usable: 1, callers: 1, trying: false },
  example: { providers: [], models: [] },
};

test('A call that ends is in every sum it belongs to, on the day it is in the person’s zone, and once', () => {
  const once = withCall(home, call, berlin);
  const after = withCall(once, call, berlin);
  expect(after).toBe(once);
  expect(after.month.total).toMatchObject({ requests: 1, errors: 0, input: 10, output: 20, cost: 3n });
  expect(after.month.cells).toEqual([{ slot: '2026-11-22', group: 'gpt-5', cost: 3n }]);
  const budgets = [after.budget, ...after.limited.map((one) => one.budget)];
  expect(budgets.map((one) => [one?.spent, one?.remaining])).toEqual([[4n, 6n], [4n, 6n], [3n, 2n], [0n, 5n]]);
  const failed = withCall(after, { ...call, requestId: 'req_2', status: 429, cost: 0n }, berlin);
  expect(failed.month.groups).toEqual([{ ...sum, group: 'gpt-5', label: 'gpt-5', requests: 2, errors: 1, input: 20, output: 40, cost: 3n }]);
  expect(failed.newest.map(({ requestId }) => requestId)).toEqual(['req_2', 'req_1']);
});

test('What the sandbox says costs its own key’s budget, and no money of the account', () => {
  const after = withCall(home, { ...call, test: true }, berlin);
  expect([after.month, after.budget]).toEqual([home.month, home.budget]);
  expect(after.limited[0]?.budget.spent).toBe(4n);
  expect(after.newest).toHaveLength(1);
});
