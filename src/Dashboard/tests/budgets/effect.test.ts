import { expect, test } from 'vitest';
import { readBudget, type Budget, type BudgetWire } from '../../src/budgets/budget';
import { effectOf } from '../../src/budgets/effect';

const now = Date.parse('2026-11-21T12:00:00Z');
const reader = { timeZone: 'Europe/Berlin', now, locale: 'en-GB' };

/** $3.10 of $5.00 a month, begun anew on the first in Berlin. */
const shown = {
  limitCents: 500, period: 'monthly', days: null, timeZone: 'Europe/Berlin', anchorDay: 1, clamp: true, limitNanoUsd: 5_000_000_000,
  spentNanoUsd: 3_100_000_000, reservedNanoUsd: 0, remainingNanoUsd: 1_900_000_000, unaccountedNanoUsd: 0, startsAt: '2026-10-31T23:00:00Z',
  resetsAt: '2026-11-30T23:00:00Z',
};

function budget(changed: Partial<typeof shown> = {}): Budget {
  const read = readBudget({ budget: { ...shown, ...changed } });
  if (read === undefined) throw new Error('no budget');
  return read;
}

const said = (before: Budget | undefined, wish: Partial<BudgetWire> | null) =>
  effectOf(before, wish === null ? null : { ...budget().set, ...wish }, reader);

test('Where nothing changes, nothing is said', () => {
  expect(said(budget(), {})).toBeUndefined();
  expect(said(undefined, null)).toBeUndefined();
});

test('A new limit says what stays counted, what will be left, and until when', () => {
  expect(said(budget(), { limitCents: 1000 })).toEqual({
    kind: 'calm', sentences: ['$3.10 of this period’s spending stays counted; $6.90 will be left until 1 Dec, 00:00 Europe/Berlin.'],
  });
  expect(said(budget({ spentNanoUsd: 0 }), { limitCents: 1000 })?.sentences).toEqual(['$10.00 will be left until 1 Dec, 00:00 Europe/Berlin.']);
});

test('One that is below what is spent says that calls are refused, and until when', () => {
  expect(said(budget({ reservedNanoUsd: 1 }), { limitCents: 300 })).toEqual({
    kind: 'warn',
    sentences: [
      'The new limit is below what is spent: every call that costs something is refused until 1 Dec, 00:00 Europe/Berlin.',
      'Calls that run now go on to their end.',
    ],
  });
  expect(said(budget(), { limitCents: 310 })?.sentences[0]).toContain('is what is spent already: every call');
  expect(said(budget(), { limitCents: 100, period: 'none', anchorDay: null })?.sentences.at(-1)).toContain('is refused until you raise it.');
});

test('Another period keeps what was spent, and ends the present one on a day that is said', () => {
  expect(said(budget(), { period: 'weekly', anchorDay: 1 })?.sentences).toEqual([
    'Changing the period keeps what was spent, and ends the present period on 23 Nov, 00:00 Europe/Berlin.',
    '$3.10 of this period’s spending stays counted; $1.90 will be left until 23 Nov, 00:00 Europe/Berlin.',
  ]);
  expect(said(budget(), { timeZone: 'Asia/Tokyo' })?.sentences[0]).toContain('on 30 Nov, 16:00 Europe/Berlin.');
  expect(said(budget(), { period: 'none', anchorDay: null })?.sentences).toEqual([
    'What was spent in this period stays counted, and it never begins anew.', '$3.10 of what was spent stays counted; $1.90 will be left.',
  ]);
});

test('Every so many days are counted from a day that the page does not know: it says no date', () => {
  expect(said(budget(), { period: 'custom', anchorDay: null, days: 10 })?.sentences).toEqual([
    'Changing the period keeps what was spent, and ends the present period within 10 days.',
    '$3.10 of this period’s spending stays counted; $1.90 will be left until then.',
  ]);
});

test('What becomes of calls that do not fit is said where that changes', () => {
  expect(said(budget(), { clamp: false })?.sentences).toEqual(['Calls that do not fit are refused from then on, and not made shorter.']);
  expect(said(budget({ clamp: false }), { clamp: true })?.sentences).toEqual(['Calls that do not fit are made shorter from then on.']);
});

test('Taking it away warns that nothing holds calls back, and that the next begins at nothing', () => {
  const effect = said(budget(), null);
  expect(effect?.kind).toBe('warn');
  expect(effect?.sentences.join(' ')).toMatch(/is gone once you save.* begins with nothing spent/);
});

test('The first budget says how much, until when, and how often', () => {
  expect(said(undefined, {})?.sentences).toEqual(['$5.00 until 1 Dec, 00:00 Europe/Berlin, counted from now on, and the same again every month.']);
  expect(said(undefined, { period: 'custom', anchorDay: null, days: 10 })?.sentences[0])
    .toContain('until 1 Dec, 00:00 Europe/Berlin, counted from now on, and the same again every 10 days.');
  expect(said(undefined, { period: 'none', anchorDay: null })?.sentences).toEqual(['$5.00 in all, counted from now on: it never begins anew.']);
  expect(said(undefined, { limitCents: 0 })?.kind).toBe('warn');
});
