import { expect, test } from 'vitest';
import type { Budget } from '../../src/budgets/budget';
import { SpendBar } from '../../src/budgets/SpendBar';
import { find, mount, wordsIn } from '../support';

const budget: Budget = {
  set: { limitCents: 500, period: 'monthly', days: null, timeZone: 'UTC', anchorDay: 1, clamp: true }, limit: 5_000_000_000n, spent: 4_200_000n, reserved: 0n,
  remaining: 4_995_800_000n, unaccounted: 0n, resetsAt: undefined,
};
const show = (changed: Partial<Budget> = {}) => mount(<SpendBar budget={{ ...budget, ...changed }} label="Spent of bot" />);

test('It says what is spent, what is left, and the same to who cannot see it', async () => {
  const page = await show({ reserved: 250_000_000n });
  expect(wordsIn(page)).toBe('$0.0042 of $5.00$4.99 leftnever begins anew · $0.25 set aside for calls');
  const meter = find(page, '[role=meter]');
  expect([meter.getAttribute('aria-valuetext'), meter.getAttribute('aria-valuenow')]).toEqual(['$0.0042 of $5.00 spent, $0.25 set aside for calls', '0.08']);
});

test.each([[2_499_999_999n, 'calm'], [2_500_000_000n, 'half'], [4_000_000_000n, 'near'], [5_000_000_000n, 'full'], [6_000_000_000n, 'full']] as const)(
  'Of $5.00, %s nano-dollars are %s', async (spent, level) => {
    expect(find(await show({ spent }), '.spend').dataset['level']).toBe(level);
  },
);

test('What is held goes on where what is spent ends, and never past the end', async () => {
  const page = await show({ spent: 4_000_000_000n, reserved: 2_000_000_000n });
  expect([...page.querySelectorAll('rect')].map((part) => part.getAttribute('width'))).toEqual(['100', '80']);
});

test('A budget of nothing is used up, and says so', async () => {
  const page = await show({ limit: 0n, spent: 0n, remaining: 0n });
  expect(wordsIn(page)).toContain('used up: calls are refused until you raise it');
});

test('What counts without a receipt says what that means', async () => {
  const page = await show({ unaccounted: 120_000_000n });
  expect(wordsIn(find(page, 'button.pill'))).toContain('$0.12 without a receipt');
  expect(wordsIn(find(page, '[popover]'))).toContain('A server was lost before it could write what its last calls cost');
});
