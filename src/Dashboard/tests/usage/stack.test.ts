import { expect, test } from 'vitest';
import { barsOf, scaleFor, seriesOf } from '../../src/pages/usage/stack';

const cell = (slot: string, group: string, cost: bigint) => ({ slot, group, cost });

test('The dearest are told apart, and everything else is one series that loses nothing', () => {
  const groups = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { named, others } = seriesOf(groups);
  expect([named, others]).toEqual([['a', 'b', 'c', 'd'], 2]);
  const cells = groups.map((group, place) => cell('1', group, BigInt(10 - place)));
  const [bar] = barsOf(['1'], cells, named, true);
  expect(bar?.parts).toEqual([10n, 9n, 8n, 7n, 6n + 5n]);
  expect(bar?.total).toBe(45n);
});

test('A day without a call is an empty bar, and what lies outside the days is not drawn', () => {
  expect(barsOf(['1', '2'], [cell('1', 'a', 3n), cell('9', 'a', 4n)], ['a'], false)).toEqual([
    { slot: '1', parts: [3n], total: 3n }, { slot: '2', parts: [0n], total: 0n },
  ]);
});

test('A scale ends at 1, 2 or 5 and holds what is highest', () => {
  expect([0n, 1_000_001n, 6_017_850n, 20_000_000n, 20_000_001n, 999_000_000n].map(scaleFor))
    .toEqual([1_000_000n, 2_000_000n, 10_000_000n, 20_000_000n, 50_000_000n, 1_000_000_000n]);
});
