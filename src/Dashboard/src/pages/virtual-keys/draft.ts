import type { Trouble } from '../../app/trouble';
import type { BudgetWire } from '../../budgets/budget';
import { budgetDraftOf, readBudgetDraft, wrongAt, type BudgetDraft, type BudgetWrong } from '../../budgets/budget-draft';
import type { KeyRow } from '../keys/keys-api';
import type { UsableKeys } from '../keys/usable-keys';
import { noRates, ratesDraftOf, readRatesDraft, type Rates, type RatesDraft, type RatesWrong } from './rates';
import type { Limits, VirtualKey } from './virtual-keys-api';

/** A virtual key as it stands in the form. */
export interface Draft {
  readonly name: string;
  /** Separated by commas. */
  readonly tags: string;
  readonly keyIds: readonly string[];
  /** One a line, or separated by commas. */
  readonly models: string;
  readonly providers: readonly string[];
  readonly routes: readonly string[];
  readonly cancelsOnHangUp: boolean;
  readonly budget: BudgetDraft;
  readonly rates: RatesDraft;
}

/** @param timeZone Where the days of its budget begin. */
export const emptyDraft = (timeZone: string): Draft => ({
  name: '', tags: '', keyIds: [], models: '', providers: [], routes: [], cancelsOnHangUp: false,
  budget: budgetDraftOf(undefined, timeZone), rates: ratesDraftOf(noRates),
});

export const draftOf = ({ name, tags, keyIds, limits, budget, rates }: VirtualKey, timeZone: string): Draft => ({
  name, tags: tags.join(', '), keyIds, models: limits.models.join('\n'), providers: limits.providers, routes: limits.routes,
  cancelsOnHangUp: limits.cancelsOnHangUp, budget: budgetDraftOf(budget, timeZone), rates: ratesDraftOf(rates),
});

/** Each once, as it was written. */
export const listIn = (text: string): readonly string[] => [...new Set(text.split(/[,\n]/).map((entry) => entry.trim()).filter((entry) => entry !== ''))];

export const limitsOf = ({ models, providers, routes, cancelsOnHangUp }: Draft): Limits => ({ models: listIn(models), providers, routes, cancelsOnHangUp });

export type DraftWrong = Partial<Record<'name' | 'keyIds' | 'models', string>> & { readonly budget?: BudgetWrong; readonly rates?: RatesWrong };

/** What may be spent, and how fast, where both can be meant. */
export function moneyOf(draft: Draft): { readonly budget: BudgetWire | null; readonly rates: Rates } | undefined {
  const [budget, rates] = [readBudgetDraft(draft.budget), readRatesDraft(draft.rates)];
  return 'wish' in budget && 'rates' in rates ? { budget: budget.wish, rates: rates.rates } : undefined;
}

/** What the server says of a field, at that field; nothing where it names none of these. */
export function wrongTold(trouble: Trouble | undefined): DraftWrong {
  const [budget, rates] = [wrongAt<keyof BudgetWire>(trouble, 'budget'), wrongAt<keyof Rates>(trouble, 'rateLimits')];
  return { ...(Object.keys(budget).length > 0 && { budget }), ...(Object.keys(rates).length > 0 && { rates }) };
}

/** Found here, before the vault is asked. A test key calls the sandbox, which needs no key. */
export function wrongIn(draft: Draft, test: boolean): DraftWrong {
  const [budget, rates] = [readBudgetDraft(draft.budget), readRatesDraft(draft.rates)];
  const spaced = listIn(draft.models).find((model) => /\s/.test(model));
  return {
    ...(draft.name.trim() === '' && { name: 'Give it a name.' }),
    ...(draft.keyIds.length === 0 && !test && { keyIds: 'Tick at least one: it calls with that.' }),
    ...(spaced !== undefined && { models: `“${spaced}” has a space in it. Write one model a line.` }),
    ...('wrong' in budget && { budget: budget.wrong }),
    ...('wrong' in rates && { rates: rates.wrong }),
  };
}

/** Of some ids the keys that can be sealed, in their order. */
export const usableOf = (keyIds: readonly string[], { rows }: UsableKeys): readonly KeyRow[] =>
  keyIds.flatMap((id) => rows.filter((row) => row.id === id));

/** Of one vendor the first is used: said where there are two. */
export function orderIn(chosen: readonly KeyRow[], named: (row: KeyRow) => string): readonly string[] {
  const alike = (one: KeyRow, other: KeyRow) => one.provider === other.provider && one.origin === other.origin;
  const firsts = chosen.filter((row, place) => chosen.findIndex((other) => alike(row, other)) === place);
  return firsts.map((first) => chosen.filter((row) => alike(row, first))).filter((same) => same.length > 1).map((same) => same.map(named).join(', then '));
}
