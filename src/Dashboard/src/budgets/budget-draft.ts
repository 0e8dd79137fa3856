import type { Trouble } from '../app/trouble';
import type { Budget, BudgetWire, Period } from './budget';
import { readCents, readCount, typedCents } from './money';

/** A budget as it stands in a form. */
export interface BudgetDraft {
  readonly limited: boolean;
  readonly dollars: string;
  readonly period: Period;
  readonly days: string;
  readonly weekday: string;
  readonly monthDay: string;
  readonly timeZone: string;
  readonly clamp: boolean;
}

/** By the names of the API, so that what the server says finds its field. */
export type BudgetWrong = Partial<Record<keyof BudgetWire, string>>;

/** @param timeZone Of a budget that is yet to be made. */
export function budgetDraftOf(budget: Budget | undefined, timeZone: string): BudgetDraft {
  const usual = {
    limited: false, dollars: '', period: 'monthly', days: '30', weekday: '1', monthDay: '1', timeZone, clamp: true,
  } as const;
  if (budget === undefined) return usual;
  const { limitCents, period, days, anchorDay, clamp } = budget.set;
  return {
    ...usual, limited: true, dollars: typedCents(limitCents), period, timeZone: budget.set.timeZone, clamp,
    ...(days !== null && { days: String(days) }),
    ...(anchorDay !== null && (period === 'weekly' ? { weekday: String(anchorDay) } : { monthDay: String(anchorDay) })),
  };
}

const mostCents = 1_000_000_000;
const mostDays = 366;

/** Null is no budget. */
export function readBudgetDraft(draft: BudgetDraft): { readonly wish: BudgetWire | null } | { readonly wrong: BudgetWrong } {
  if (!draft.limited) return { wish: null };
  const { period, timeZone, clamp } = draft;
  const limitCents = readCents(draft.dollars);
  const days = period === 'custom' ? readCount(draft.days) : null;
  const wrong: BudgetWrong = {
    ...(limitCents === undefined && { limitCents: `Write dollars and cents, like ${typedCents(550)}.` }),
    ...(limitCents !== undefined && limitCents > mostCents && { limitCents: 'A limit is at most ten million dollars.' }),
    ...(days !== null && !(days !== undefined && days >= 1 && days <= mostDays) && { days: `Write a number of days, 1 to ${mostDays}.` }),
  };
  if (limitCents === undefined || days === undefined || Object.keys(wrong).length > 0) return { wrong };
  const anchorDay = period === 'weekly' ? Number(draft.weekday) : period === 'monthly' ? Number(draft.monthDay) : null;
  return { wish: { limitCents, period, days, timeZone, anchorDay, clamp } };
}

/** What the server says of one member of an object it was sent, by that member's name. */
export function wrongAt<Member extends string>(trouble: Trouble | undefined, parent: string): Partial<Record<Member, string>> {
  const [named, member] = trouble?.field?.split('.') ?? [];
  return trouble === undefined || named !== parent || member === undefined ? {} : { [member]: trouble.message } as Partial<Record<Member, string>>;
}
