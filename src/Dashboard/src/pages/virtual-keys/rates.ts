import { numberAt, objectAt, type JsonObject } from '../../app/json';
import { readCents, readCount, typedCents } from '../../budgets/money';

/** How fast a key may call and spend. Null limits nothing. */
export interface Rates {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrent: number | null;
  readonly centsPerHour: number | null;
}

/** As they stand in the form: the last in dollars. */
export type RatesDraft = Readonly<Record<keyof Rates, string>>;
export type RatesWrong = Partial<Record<keyof Rates, string>>;

export const noRates: Rates = { requestsPerMinute: null, tokensPerMinute: null, concurrent: null, centsPerHour: null };
const names = ['requestsPerMinute', 'tokensPerMinute', 'concurrent', 'centsPerHour'] as const;

export function readRates(owner: JsonObject): Rates {
  const shown = objectAt(owner, 'rateLimits');
  const of = (name: keyof Rates) => numberAt(shown, name) ?? null;
  return {
    requestsPerMinute: of('requestsPerMinute'), tokensPerMinute: of('tokensPerMinute'), concurrent: of('concurrent'), centsPerHour: of('centsPerHour'),
  };
}

export const sameRates = (one: Rates, other: Rates): boolean => names.every((name) => one[name] === other[name]);

export function ratesDraftOf({ requestsPerMinute, tokensPerMinute, concurrent, centsPerHour }: Rates): RatesDraft {
  const typed = (count: number | null) => (count === null ? '' : String(count));
  return {
    requestsPerMinute: typed(requestsPerMinute), tokensPerMinute: typed(tokensPerMinute), concurrent: typed(concurrent),
    centsPerHour: centsPerHour === null ? '' : typedCents(centsPerHour),
  };
}

const most = { requestsPerMinute: 1_000_000_000, tokensPerMinute: 1_000_000_000, concurrent: 100_000 } as const;
const mostCents = 1_000_000_000;

export function readRatesDraft(draft: RatesDraft): { readonly rates: Rates } | { readonly wrong: RatesWrong } {
  const wrong: { -readonly [name in keyof Rates]?: string } = {};
  const count = (name: keyof typeof most): number | null => {
    if (draft[name].trim() === '') return null;
    const typed = readCount(draft[name]);
    if (typed !== undefined && typed >= 1 && typed <= most[name]) return typed;
    wrong[name] = `Write a whole number, 1 to ${most[name].toLocaleString()}, or nothing for no limit.`;
    return null;
  };
  const cents = (): number | null => {
    if (draft.centsPerHour.trim() === '') return null;
    const typed = readCents(draft.centsPerHour);
    if (typed !== undefined && typed <= mostCents) return typed;
    wrong.centsPerHour = `Write dollars and cents, like ${typedCents(50)}, or nothing for no limit.`;
    return null;
  };
  const rates = {
    requestsPerMinute: count('requestsPerMinute'), tokensPerMinute: count('tokensPerMinute'), concurrent: count('concurrent'), centsPerHour: cents(),
  };
  return Object.keys(wrong).length > 0 ? { wrong } : { rates };
}
