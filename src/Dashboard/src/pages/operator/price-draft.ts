import { exactDollars, readCount } from '../../budgets/money';
import type { Price, PriceWish, Rates } from './prices-api';

/** What an operator types to set a price: dollars for a million of what is counted. */
export interface PriceDraft {
  readonly provider: string;
  readonly model: string;
  readonly contextTokens: string;
  readonly maxOutputTokens: string;
  /** By what is counted; empty where it has no price. */
  readonly rates: Readonly<Record<string, string>>;
}

/** What can be counted, by the API's names, in the order in which it is asked for. */
export const kinds: readonly { readonly name: string; readonly label: string }[] = [
  { name: 'input', label: 'Input' }, { name: 'output', label: 'Output' }, { name: 'cachedInput', label: 'Cached input' },
  { name: 'cacheWrite', label: 'Cache write' }, { name: 'cacheWriteLong', label: 'Cache write for an hour' },
  { name: 'inputAudio', label: 'Audio input' }, { name: 'cachedInputAudio', label: 'Cached audio input' }, { name: 'outputAudio', label: 'Audio output' },
  { name: 'inputImage', label: 'Image input' }, { name: 'cachedInputImage', label: 'Cached image input' }, { name: 'outputImage', label: 'Image output' },
  { name: 'audioMilliseconds', label: 'Milliseconds of audio' }, { name: 'characters', label: 'Characters to speak' },
  { name: 'images', label: 'Pictures made' },
  { name: 'webSearches', label: 'Web searches' }, { name: 'fileSearches', label: 'File searches' }, { name: 'requests', label: 'Calls' },
];

/** Every model of words has them. */
const common = ['input', 'output', 'cachedInput'];

/** Those that are asked for at once: the common ones, and what the model has a price for. The others wait behind a word. */
export const isShown = (name: string, price: Price | undefined): boolean => common.includes(name) || price?.rates[name] !== undefined;

export const draftOf = (price: Price | undefined): PriceDraft => ({
  provider: price?.provider ?? '', model: price?.model ?? '',
  rates: Object.fromEntries(kinds.map(({ name }) => [name, typed(price?.rates[name])])),
  contextTokens: price?.contextTokens?.toString() ?? '', maxOutputTokens: price?.maxOutputTokens?.toString() ?? '',
});

/** In digits that every keyboard has, and all of them. */
const typed = (nano: number | undefined): string => (nano === undefined ? '' : exactDollars(BigInt(nano), 'en-US').replace(/^\$/, '').replaceAll(',', ''));

/** Undefined where it cannot be meant. A point or a comma stands before the cents. */
export function readDollars(text: string): number | undefined {
  const [, whole, fraction = ''] = /^\$?\s*(\d{1,7})(?:[.,](\d{1,9}))?$/.exec(text.trim()) ?? [];
  return whole === undefined ? undefined : Number(whole) * 1_000_000_000 + Number(fraction.padEnd(9, '0'));
}

export type PriceWrong = Partial<Record<Exclude<keyof PriceDraft, 'rates'>, string>> & { readonly rates?: Readonly<Record<string, string>> };

/** What this page does not know (a kind that the server counts since, long input) stays as it was. */
export function wishOf(draft: PriceDraft, before: Price | undefined): { readonly wish: PriceWish } | { readonly wrong: PriceWrong } {
  const wrong: Partial<Record<Exclude<keyof PriceDraft, 'rates'>, string>> = {};
  if (draft.provider === '') wrong.provider = 'Choose whose model it is.';
  if (draft.model.trim() === '') wrong.model = 'Name the model as calls do.';
  const rates: Record<string, number> = Object.fromEntries(Object.entries(before?.rates ?? {}).filter(([name]) => kinds.every((kind) => kind.name !== name)));
  const wrongRates: Record<string, string> = {};
  for (const { name } of kinds) {
    const text = draft.rates[name]?.trim() ?? '';
    const nano = readDollars(text);
    if (nano !== undefined) rates[name] = nano;
    else if (text !== '') wrongRates[name] = 'A sum in dollars, like 1.25.';
  }
  if (Object.keys(wrongRates).length === 0 && Object.keys(rates).length === 0) wrongRates['input'] = 'Say at least what a million tokens of input cost.';
  const count = (name: 'contextTokens' | 'maxOutputTokens') => {
    const text = draft[name].trim();
    const read = text === '' ? undefined : readCount(text);
    if (text !== '' && (read === undefined || read === 0)) wrong[name] = 'A number of tokens, like 128000.';
    return read;
  };
  const [contextTokens, maxOutputTokens] = [count('contextTokens'), count('maxOutputTokens')];
  const all = { ...wrong, ...(Object.keys(wrongRates).length > 0 && { rates: wrongRates }) };
  return Object.keys(all).length > 0 ? { wrong: all } : {
    wish: { provider: draft.provider, model: draft.model.trim(), rates, contextTokens, maxOutputTokens, longInput: before?.longInput ?? [] },
  };
}

const names: Readonly<Record<string, string>> = { input: 'in', cachedInput: 'cached', output: 'out' };

/** What a million costs, the common ones first; what else is counted is told by its number. */
export function ratesWords(rates: Rates): string {
  const told = Object.entries(names).flatMap(([name, word]) => (rates[name] === undefined ? [] : [`${exactDollars(BigInt(rates[name]))} ${word}`]));
  const others = Object.keys(rates).filter((name) => !common.includes(name)).length;
  return [...told, ...others > 0 ? [`${others} more`] : []].join(' · ');
}
