import type { Cell } from './usage-api';

/** One bar: what each series cost in it, in the order of the series. */
export interface Bar {
  readonly slot: string;
  readonly parts: readonly bigint[];
  readonly total: bigint;
}

/** Few enough to tell apart; everything else is one more. */
export const mostSeries = 4;

/** Groups as they cost, dearest first; past a few they are one series, the last. */
export function seriesOf(groups: readonly string[]): { readonly named: readonly string[]; readonly others: number } {
  const named = groups.slice(0, mostSeries);
  return { named, others: groups.length - named.length };
}

export function barsOf(slots: readonly string[], cells: readonly Cell[], named: readonly string[], others: boolean): readonly Bar[] {
  const places = new Map(named.map((group, place) => [group, place]));
  const bars = new Map(slots.map((slot) => [slot, Array.from({ length: named.length + (others ? 1 : 0) }, () => 0n)]));
  for (const { slot, group, cost } of cells) {
    const parts = bars.get(slot);
    const place = places.get(group) ?? named.length;
    if (parts?.[place] !== undefined) parts[place] += cost;
  }
  return [...bars].map(([slot, parts]) => ({ slot, parts, total: parts.reduce((sum, part) => sum + part, 0n) }));
}

/** A tenth of a cent: the half of less has no figure. */
const smallest = 1_000_000n;

/** The end of a scale that a person can divide in the head: 1, 2 or 5 and noughts, and no less than what it must hold. */
export function scaleFor(highest: bigint): bigint {
  let power = smallest;
  while (power * 10n <= highest) power *= 10n;
  return [1n, 2n, 5n].map((step) => step * power).find((end) => end >= highest) ?? 10n * power;
}
