import { expect, test } from 'vitest';
import { queryOf, slotsOf, slotWords, spanOf } from '../../src/receipts/range';

const reader = (now: string, timeZone: string) => ({ timeZone, now: Date.parse(now), locale: 'en-US' });
const asked = (range: string, now: string, timeZone: string, days = {}) => {
  const span = spanOf(range, days, reader(now, timeZone));
  return span && queryOf(span);
};

test('Today begins at midnight of the person’s zone, also where it is another day in Greenwich', () => {
  expect(asked('today', '2026-11-21T12:00:00Z', 'UTC')).toEqual({ from: '2026-11-21T00:00:00.000Z' });
  expect(asked('today', '2026-11-21T23:30:00Z', 'Europe/Berlin')).toEqual({ from: '2026-11-21T23:00:00.000Z' });
  expect(asked('today', '2026-11-21T03:00:00Z', 'America/New_York')).toEqual({ from: '2026-11-20T05:00:00.000Z' });
});

test('Seven days are six and today, and a change of clocks among them makes none longer', () => {
  expect(asked('7d', '2026-10-28T12:00:00Z', 'Europe/Berlin')).toEqual({ from: '2026-10-21T22:00:00.000Z' });
  expect(asked('30d', '2026-11-21T12:00:00Z', 'UTC')).toEqual({ from: '2026-10-23T00:00:00.000Z' });
});

test('The month is the one of the person’s zone', () => {
  expect(asked('month', '2026-11-30T23:30:00Z', 'Asia/Tokyo')).toEqual({ from: '2026-11-30T15:00:00.000Z' });
  expect(asked('month', '2026-11-30T23:30:00Z', 'UTC')).toEqual({ from: '2026-11-01T00:00:00.000Z' });
});

test('Two days of one’s own include both', () => {
  expect(asked('own', '2026-11-21T12:00:00Z', 'Europe/Berlin', { from: '2026-10-24', to: '2026-10-25' }))
    .toEqual({ from: '2026-10-23T22:00:00.000Z', to: '2026-10-25T23:00:00.000Z' });
});

test.each([
  ['', ''], ['2026-11-02', '2026-11-01'], ['2026-02-30', '2026-03-02'], ['yesterday', '2026-11-01'], ['2024-01-01', '2026-01-01'],
])('From %s to %s are no days to show', (from, to) => {
  expect(asked('own', '2026-11-21T12:00:00Z', 'UTC', { from, to })).toBeUndefined();
});

test('One day has hours and more have days, without a gap where clocks change', () => {
  const berlin = reader('2026-10-26T12:00:00Z', 'Europe/Berlin');
  const slots = (range: string) => slotsOf(spanOf(range, {}, berlin) ?? { from: 0, to: undefined }, berlin);
  expect(slots('today').per).toBe('hour');
  expect(slots('today').names).toHaveLength(24);
  expect(slots('today').names.at(-1)).toBe('2026-10-26T23:00');
  expect(slots('7d')).toEqual({
    per: 'day', names: ['2026-10-20', '2026-10-21', '2026-10-22', '2026-10-23', '2026-10-24', '2026-10-25', '2026-10-26'],
  });
});

test('Slots are said as people do', () => {
  expect(slotWords('2026-10-26', 'en-GB')).toBe('26 Oct');
  expect(slotWords('2026-10-26T07:00')).toBe('07:00');
});
