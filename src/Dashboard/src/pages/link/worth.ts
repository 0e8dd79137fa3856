import type { Budget } from '../../budgets/budget';
import { nanoOfCents } from '../../budgets/money';
import type { Consent, EverydayCall, FittingKey } from './consent-api';

/** A limit that holds beside the app's own and is lower. */
export interface Ceiling {
  /** Undefined: the whole account's. */
  readonly row: FittingKey | undefined;
  readonly budget: Budget;
}

const daysOf: Readonly<Record<string, number>> = { daily: 1, weekly: 7, monthly: 28, none: Infinity };

/** One that begins anew more often than the app's does not say how much goes in the app's whole period. */
const lasts = ({ set }: Budget, period: string): boolean => (set.days ?? daysOf[set.period] ?? 0) >= (daysOf[period] ?? 0);

export function ceilingsOf({ rows, accountBudget }: Consent, chosen: readonly string[], cents: number, period: string): readonly Ceiling[] {
  const all = [{ row: undefined, budget: accountBudget }, ...rows.filter(({ id }) => chosen.includes(id)).map((row) => ({ row, budget: row.budget }))];
  return all.flatMap(({ row, budget }) => (budget !== undefined && budget.limit < nanoOfCents(cents) && lasts(budget, period) ? [{ row, budget }] : []));
}

/** What the app can get at most, whatever it is given: several keys add up, and one without a limit lifts that of the others. */
export function effective(ceilings: readonly Ceiling[], chosen: readonly string[], cents: number): bigint {
  const ofKeys = ceilings.filter(({ row }) => row !== undefined);
  const sums = [
    nanoOfCents(cents),
    ...ceilings.filter(({ row }) => row === undefined).map(({ budget }) => budget.limit),
    ...(ofKeys.length > 0 && ofKeys.length === chosen.length ? [ofKeys.reduce((sum, { budget }) => sum + budget.limit, 0n)] : []),
  ];
  return sums.reduce((least, sum) => (sum < least ? sum : least));
}

const twoDigits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });

/** As exact as such a guess may look. */
export function requestsFor(nano: bigint, call: EverydayCall): string {
  return twoDigits.format(call.nanoUsd > 0 ? nano / BigInt(call.nanoUsd) : 0n);
}

/** A fifth of the whole, so that what runs wild in the night is stopped before all is gone; small sums are not cut into what pays for no call. */
export const perHourOf = (cents: number): number => Math.max(Math.floor(cents / 5), Math.min(cents, 100));

/** The first key of each provider that `kept` leaves without one, beside them: what most people mean. */
export function covering(rows: readonly FittingKey[], kept: readonly string[]): readonly string[] {
  const there = rows.filter(({ id }) => kept.includes(id));
  const first = rows.filter((row, place) => rows.findIndex((other) => other.provider === row.provider) === place);
  return [...there, ...first.filter((row) => !there.some((other) => other.provider === row.provider))].map(({ id }) => id);
}
