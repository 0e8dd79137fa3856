import { expect, test } from 'vitest';
import { exactDollars } from '../../src/budgets/money';
import { classWords, rateWords, sumOf } from '../../src/pages/logs/cost-lines';

const line = (kind: string, count: number, rate: bigint | undefined, factor: number, cost: bigint) => ({ model: 'm', kind, count, rate, factor, cost });

test('A price is said for as many as vendors say it for, with what the tier makes of it', () => {
  expect(rateWords(line('input', 1, 150_000_000n, 1_000_000, 1n), 'en-US')).toBe('$0.15 a million');
  expect(rateWords(line('output', 1, 600_000_000n, 500_000, 1n), 'en-US')).toBe('$0.60 a million, × 0.5');
  expect(rateWords(line('webSearches', 1, 10_000_000_000_000n, 1_000_000, 1n), 'en-US')).toBe('$0.01 each');
  expect(rateWords(line('audioMilliseconds', 1, 100_000_000n, 1_000_000, 1n), 'en-US')).toBe('$0.006 a minute');
  expect(rateWords(line('input', 1, undefined, 1_000_000, 0n))).toBe('no price known');
});

test('A class that is newer than this page is shown by its name', () => {
  expect(classWords(line('dreams', 1, 1n, 1_000_000, 1n))).toBe('dreams');
});

test('The lines come to the cost, to the last digit', () => {
  expect(exactDollars(sumOf([line('input', 119, 150_000_000n, 1_000_000, 17_850n), line('output', 1, 1n, 1_000_000, 1n)]), 'en-US')).toBe('$0.000017851');
});
