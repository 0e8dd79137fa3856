import { expect, test } from 'vitest';
import { pressed, readOrder, sorted, writeOrder } from '../../src/pages/usage/table';

const sum = (group: string, label: string, cost: bigint) => ({ group, label, requests: 1, errors: 0, input: 0, output: 0, cost });
const sums = [sum('2026-10-02', 'b', 2n), sum('2026-09-30', 'c', 3n), sum('2026-10-01', 'a', 1n)];
const labels = (order: string, by = 'model') => sorted(sums, readOrder(order, by), by).map(({ label }) => label).join('');

test('A table is in the order that stands in the address, and in the usual one where that is none', () => {
  expect([labels('cost.down'), labels('cost.up'), labels('label.up'), labels('nonsense')]).toEqual(['cba', 'abc', 'abc', 'cba']);
});

test('Days come as they follow each other', () => {
  expect(labels('', 'day')).toBe('cab');
});

test('A second press turns the order round, and one on another column begins with what is most', () => {
  const first = pressed(readOrder(undefined, 'model'), 'requests');
  expect([writeOrder(first), writeOrder(pressed(first, 'requests')), writeOrder(pressed(first, 'label'))])
    .toEqual(['requests.down', 'requests.up', 'label.up']);
});
