import { expect, test } from 'vitest';
import { Trouble } from '../../src/app/trouble';
import type { Budget, BudgetWire } from '../../src/budgets/budget';
import { budgetDraftOf, readBudgetDraft, wrongAt } from '../../src/budgets/budget-draft';

const usual: BudgetWire = { limitCents: 550, period: 'none', days: null, timeZone: 'Europe/Berlin', anchorDay: null, clamp: false };
const budgetOf = (set: BudgetWire): Budget => ({ set, limit: 0n, spent: 0n, reserved: 0n, remaining: 0n, unaccounted: 0n, resetsAt: undefined });

test.each<Partial<BudgetWire>>([
  {}, { period: 'daily' }, { period: 'weekly', anchorDay: 7 }, { period: 'monthly', anchorDay: 31 }, { period: 'custom', days: 14 }, { clamp: true },
])('What is set comes into the form and out of it again unchanged: %o', (changed) => {
  const set = { ...usual, ...changed };
  expect(readBudgetDraft(budgetDraftOf(budgetOf(set), 'UTC'))).toEqual({ wish: set });
});

test('Without a limit there is none, whatever stands in the fields', () => {
  expect(readBudgetDraft(budgetDraftOf(undefined, 'UTC'))).toEqual({ wish: null });
  expect(readBudgetDraft({ ...budgetDraftOf(undefined, 'UTC'), dollars: 'much' })).toEqual({ wish: null });
});

test('What cannot be meant is said at its field', () => {
  const draft = { ...budgetDraftOf(undefined, 'UTC'), limited: true };
  expect(readBudgetDraft(draft)).toEqual({ wrong: { limitCents: 'Write dollars and cents, like 5.50.' } });
  expect(readBudgetDraft({ ...draft, dollars: '10000000.01' })).toEqual({ wrong: { limitCents: 'A limit is at most ten million dollars.' } });
  expect(readBudgetDraft({ ...draft, dollars: '5', period: 'custom', days: '367' })).toEqual({ wrong: { days: 'Write a number of days, 1 to 366.' } });
});

test('What the server says of a field finds it', () => {
  const trouble = new Trouble('invalid_request', 'No such zone.', { status: 400, field: 'budget.timeZone' });
  expect(wrongAt(trouble, 'budget')).toEqual({ timeZone: 'No such zone.' });
  expect(wrongAt(trouble, 'rateLimits')).toEqual({});
  expect(wrongAt(new Trouble('invalid_request', 'No.', { field: 'name' }), 'budget')).toEqual({});
  expect(wrongAt(undefined, 'budget')).toEqual({});
});
