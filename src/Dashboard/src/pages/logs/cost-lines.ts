import { exactDollars, type Locale } from '../../budgets/money';
import type { CostLine } from './logs-api';

const million = 1_000_000n;

interface Kind {
  readonly words: string;
  /** How many of them a price is said for. */
  readonly per: bigint;
  readonly unit: string;
}

const ofTokens = (words: string): Kind => ({ words, per: million, unit: 'a million' });
const each = (words: string): Kind => ({ words, per: 1n, unit: 'each' });

const kinds: Readonly<Record<string, Kind>> = {
  input: ofTokens('Input tokens'), cachedInput: ofTokens('Cached input tokens'), cacheWrite: ofTokens('Tokens put into the cache'),
  cacheWriteLong: ofTokens('Tokens put into the cache for an hour'), output: ofTokens('Output tokens'), inputAudio: ofTokens('Input tokens of sound'),
  cachedInputAudio: ofTokens('Cached input tokens of sound'), outputAudio: ofTokens('Output tokens of sound'), inputImage: ofTokens('Input tokens of pictures'),
  cachedInputImage: ofTokens('Cached input tokens of pictures'), outputImage: ofTokens('Output tokens of pictures'),
  audioMilliseconds: { words: 'Milliseconds of sound', per: 60_000n, unit: 'a minute' }, characters: { words: 'Characters', per: million, unit: 'a million' },
  images: each('Pictures'), webSearches: each('Searches of the web'), fileSearches: each('Searches of files'), requests: each('Calls'),
};

/** A server newer than this page may count more. */
const kindOf = (name: string): Kind => kinds[name] ?? ofTokens(name);

export const classWords = ({ kind }: CostLine): string => kindOf(kind).words;

/** "$0.15 a million, × 0.5": the price as vendors say it, and what this call's tier makes of it. */
export function rateWords({ kind, rate, factor }: CostLine, locale?: Locale): string {
  if (rate === undefined) return 'no price known';
  const { per, unit } = kindOf(kind);
  const words = `${exactDollars(rate * per / million, locale)} ${unit}`;
  return factor === Number(million) ? words : `${words}, × ${(factor / Number(million)).toLocaleString(locale)}`;
}

/** Every line is rounded up once: their sum is the cost, to the last digit. */
export const sumOf = (lines: readonly CostLine[]): bigint => lines.reduce((sum, { cost }) => sum + cost, 0n);
