import { expect, test } from 'vitest';
import { endOf, momentWords } from '../../src/budgets/window';

const usual = { days: null, anchorDay: null, timeZone: 'UTC' } as const;
const ends = (now: string, period: Parameters<typeof endOf>[0]) => {
  const end = endOf(period, Date.parse(now));
  return end === undefined ? undefined : new Date(end).toISOString().replace(':00.000Z', '');
};

test('A day ends at midnight of its zone, also where clocks change', () => {
  expect(ends('2026-11-21T12:00:00Z', { ...usual, period: 'daily' })).toBe('2026-11-22T00:00');
  expect(ends('2026-11-21T23:30:00Z', { ...usual, period: 'daily', timeZone: 'Europe/Berlin' })).toBe('2026-11-22T23:00');
  // 23 hours, and 25.
  expect(ends('2026-03-28T23:00:00Z', { ...usual, period: 'daily', timeZone: 'Europe/Berlin' })).toBe('2026-03-29T22:00');
  expect(ends('2026-10-24T22:00:00Z', { ...usual, period: 'daily', timeZone: 'Europe/Berlin' })).toBe('2026-10-25T23:00');
  // Clocks jump over midnight.
  expect(ends('2026-09-05T12:00:00Z', { ...usual, period: 'daily', timeZone: 'America/Santiago' })).toBe('2026-09-06T04:00');
});

test('A week begins on the day that is set', () => {
  // A Saturday.
  const weekly = { ...usual, period: 'weekly' } as const;
  expect([1, 6, 7].map((anchorDay) => ends('2026-11-21T12:00:00Z', { ...weekly, anchorDay })))
    .toEqual(['2026-11-23T00:00', '2026-11-28T00:00', '2026-11-22T00:00']);
});

test('A month begins on the day that is set, or on the last where it has none', () => {
  const monthly = { ...usual, period: 'monthly' } as const;
  expect(ends('2026-11-21T12:00:00Z', { ...monthly, anchorDay: 1 })).toBe('2026-12-01T00:00');
  expect(ends('2026-11-21T12:00:00Z', { ...monthly, anchorDay: 25 })).toBe('2026-11-25T00:00');
  expect(ends('2026-11-21T12:00:00Z', { ...monthly, anchorDay: 21 })).toBe('2026-12-21T00:00');
  expect(ends('2026-01-31T12:00:00Z', { ...monthly, anchorDay: 31 })).toBe('2026-02-28T00:00');
  expect(ends('2028-02-10T12:00:00Z', { ...monthly, anchorDay: 30 })).toBe('2028-02-29T00:00');
  expect(ends('2026-12-31T12:00:00Z', { ...monthly, anchorDay: 31 })).toBe('2027-01-31T00:00');
});

test('So many days are counted from today, and without a period nothing ends', () => {
  expect(ends('2026-11-21T12:00:00Z', { ...usual, period: 'custom', days: 10 })).toBe('2026-12-01T00:00');
  expect(ends('2026-11-21T12:00:00Z', { ...usual, period: 'none' })).toBeUndefined();
});

test('A moment is said in the person’s zone, with the year where it is another', () => {
  const reader = { timeZone: 'America/New_York', now: Date.parse('2026-11-21T12:00:00Z'), locale: 'en-GB' };
  expect(momentWords(Date.parse('2026-12-01T05:00:00Z'), reader)).toBe('1 Dec, 00:00 America/New York');
  expect(momentWords(Date.parse('2027-01-01T05:00:00Z'), reader)).toBe('1 Jan 2027, 00:00 America/New York');
});
