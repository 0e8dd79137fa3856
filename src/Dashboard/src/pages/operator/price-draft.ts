import { exactDollars, readCount } from '../../budgets/money';
import type { Price, PriceWish, Rates } from './prices-api';

/** What an operator types to set a price: dollars for a million tokens. */
export interface PriceDraft {
  readonly provider: string;
  readonly model: string;
  readonly input: string;
  readonly cachedInput: string;
  readonly output: string;
  readonly contextTokens: string;
  readonly maxOutputTokens: string;
}

const typedRates = ['input', 'cachedInput', 'output'] as const;
const isTyped = (name: string): boolean => typedRates.some((one) => one === name);

export const draftOf = (price: Price | undefined): PriceDraft => ({
  provider: price?.provider ?? '', model: price?.model ?? '',
  input: typed(price?.rates['input']), cachedInput: typed(price?.rates['cachedInput']), output: typed(price?.rates['output']),
  contextTokens: price?.contextTokens?.toString() ?? '', maxOutputTokens: price?.maxOutputTokens?.toString() ?? '',
});

/** In digits that every keyboard has, and all of them. */
const typed = (nano: number | undefined): string => (nano === undefined ? '' : exactDollars(BigInt(nano), 'en-US').replace(/^\$/, '').replaceAll(',', ''));

/** Undefined where it cannot be meant. A point or a comma stands before the cents. */
export function readDollars(text: string): number | undefined {
  const [, whole, fraction = ''] = /^\$?\s*(\d{1,7})(?:[.,](\d{1,9}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? undefined : Number(whole) * 1_000_000_000 + Number(fraction.padEnd(9, '0'));
}

export type PriceWrong = Partial<Record<keyof PriceDraft, string>>;

/** What was shown beside the typed rates (searches, audio, long input) stays as it was. */
export function wishOf(draft: PriceDraft, before: Price | undefined): { readonly wish: PriceWish } | { readonly wrong: PriceWrong } {
  const wrong: { -readonly [Name in keyof PriceDraft]?: string } = {};
  if (draft.provider === '') wrong.provider = 'Choose whose model it is.';
  if (draft.model.trim() === '') wrong.model = 'Name the model as calls do.';
  const rates: Record<string, number> = Object.fromEntries(Object.entries(before?.rates ?? {}).filter(([name]) => !isTyped(name)));
  for (const name of typedRates) {
    const text = draft[name].trim();
    const nano = readDollars(text);
    if (nano !== undefined) rates[name] = nano;
    else if (text !== '') wrong[name] = 'A sum in dollars, like 1.25.';
  }
  if (wrong.input === undefined && Object.keys(rates).length === 0) wrong.input = 'Say at least what a million tokens of input cost.';
  const count = (name: 'contextTokens' | 'maxOutputTokens') => {
    const text = draft[name].trim();
    const read = text === '' ? undefined : readCount(text);
    if (text !== '' && (read === undefined || read === 0)) wrong[name] = 'A number of tokens, like 128000.';
    return read;
  };
  const [contextTokens, maxOutputTokens] = [count('contextTokens'), count('maxOutputTokens')];
  return Object.keys(wrong).length > 0 ? { wrong } : {
    wish: { provider: draft.provider, model: draft.model.trim(), rates, contextTokens, maxOutputTokens, longInput: before?.longInput ?? [] },
  };
}

/** Those that are not typed, in dollars for a million: cache writes, audio, searches … */
export const otherRates = (rates: Rates): readonly string[] =>
  Object.entries(rates).filter(([name]) => !isTyped(name)).map(([name, nano]) => `${name} ${exactDollars(BigInt(nano))}`);

const names: Readonly<Record<string, string>> = { input: 'in', cachedInput: 'cached', output: 'out' };

/** What a million costs, the common ones first; what else is counted is told by its number. */
export function ratesWords(rates: Rates): string {
  const told = typedRates.flatMap((name) => (rates[name] === undefined ? [] : [`${exactDollars(BigInt(rates[name]))} ${names[name] ?? name}`]));
  const others = otherRates(rates).length;
  return [...told, ...others > 0 ? [`${others} more`] : []].join(' · ');
}
