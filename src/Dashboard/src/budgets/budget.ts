import { flagAt, needNano, needNumber, needText, numberAt, objectAt, textAt, type JsonObject } from '../app/json';

export type Period = 'none' | 'daily' | 'weekly' | 'monthly' | 'custom';

/** A budget as it is set. */
export interface BudgetWire {
  readonly limitCents: number;
  readonly period: Period;
  /** Of a custom period. */
  readonly days: number | null;
  readonly timeZone: string;
  /** Of a weekly one 1 (Monday) to 7; of a monthly one 1 to 31, where a short month's last day stands in. */
  readonly anchorDay: number | null;
  /** Whether a call that asks for more output than fits is made with less. */
  readonly clamp: boolean;
}

/** And how its present period stands. */
export interface Budget {
  readonly set: BudgetWire;
  readonly limit: bigint;
  readonly spent: bigint;
  /** Held for calls that run, and a little ahead. */
  readonly reserved: bigint;
  readonly remaining: bigint;
  /** Of what counts as spent: by servers that were lost, without a receipt. */
  readonly unaccounted: bigint;
  /** Undefined where it never begins anew. */
  readonly resetsAt: string | undefined;
}

const periods: readonly string[] = ['none', 'daily', 'weekly', 'monthly', 'custom'] satisfies Period[];

/** A member of something that may have a budget. */
export function readBudget(owner: JsonObject, member = 'budget'): Budget | undefined {
  const shown = objectAt(owner, member);
  if (numberAt(shown, 'limitCents') === undefined) return undefined;
  const period = needText(shown, 'period');
  return {
    set: {
      limitCents: needNumber(shown, 'limitCents'), period: isPeriod(period) ? period : 'none', days: numberAt(shown, 'days') ?? null,
      timeZone: needText(shown, 'timeZone'), anchorDay: numberAt(shown, 'anchorDay') ?? null, clamp: flagAt(shown, 'clamp'),
    },
    limit: needNano(shown, 'limitNanoUsd'), spent: needNano(shown, 'spentNanoUsd'), reserved: needNano(shown, 'reservedNanoUsd'),
    remaining: needNano(shown, 'remainingNanoUsd'), unaccounted: needNano(shown, 'unaccountedNanoUsd'), resetsAt: textAt(shown, 'resetsAt'),
  };
}

const isPeriod = (name: string): name is Period => periods.includes(name);

export const samePeriod = (one: BudgetWire, other: BudgetWire): boolean => one.period === other.period && one.days === other.days
  && one.anchorDay === other.anchorDay && (one.timeZone === other.timeZone || one.period === 'none');

/** Null is none. */
export const sameBudget = (one: BudgetWire | null, other: BudgetWire | null): boolean => (one === null || other === null
  ? one === other
  : one.limitCents === other.limitCents && one.clamp === other.clamp && samePeriod(one, other));
