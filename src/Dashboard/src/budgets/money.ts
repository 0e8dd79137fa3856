// Money is counted in whole nano-dollars, never in fractions: what is on screen is made of their digits.

const nanoPerDollar = 1_000_000_000n;
const nanoPerCent = 10_000_000n;
const nanoPerTenThousandth = 100_000n;

const latin = { numberingSystem: 'latn' } as const;

/** What the person's browser speaks, unless a test says otherwise. */
export type Locale = string | undefined;

export const nanoOfCents = (cents: number): bigint => BigInt(cents) * nanoPerCent;

/** Whole cents; below a dollar to four places where that says more. What was spent is never shown as less, what is left never as more. */
export function dollars(nano: bigint, round: 'up' | 'down' = 'up', locale?: Locale): string {
  const small = nano < nanoPerDollar;
  const unit = small ? nanoPerTenThousandth : nanoPerCent;
  const units = round === 'up' ? (nano + unit - 1n) / unit : nano / unit;
  const digits = small && units % 100n !== 0n ? 4 : 2;
  const form = {
    style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', minimumFractionDigits: digits, maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(locale, form).format(decimal(units, small ? 4 : 2));
}

/** Every digit there is, so that a sum can be checked; cents in full. */
export function exactDollars(nano: bigint, locale?: Locale): string {
  const form = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', minimumFractionDigits: 2, maximumFractionDigits: 9 } as const;
  return new Intl.NumberFormat(locale, form).format(decimal(nano, 9));
}

/** As it stands in a field, where it is typed over: in digits that every keyboard has. */
export const typedCents = (cents: number, locale?: Locale): string =>
  new Intl.NumberFormat(locale, { ...latin, minimumFractionDigits: 2, useGrouping: false }).format(decimal(BigInt(cents), 2));

/** A sum as people type it in their country, with a point for the cents understood everywhere; undefined where it cannot be meant. */
export function readCents(text: string, locale?: Locale): number | undefined {
  const { group, decimal: point } = separatorsOf(locale);
  const one = new RegExp(`^(\\d+|\\d{1,3}(?:[${group}]\\d{3})+)(?:[${point}](\\d{1,2}))?$`);
  const [, whole, cents = ''] = one.exec(text.trim().replace(/^\$\s*/, '')) ?? [];
  return whole === undefined ? undefined : Number(whole.replaceAll(/\D/g, '')) * 100 + Number(cents.padEnd(2, '0'));
}

/** A count, with or without the marks between thousands. */
export function readCount(text: string, locale?: Locale): number | undefined {
  const plain = text.trim();
  const { group } = separatorsOf(locale);
  return new RegExp(`^(\\d+|\\d{1,3}(?:[${group}]\\d{3})+)$`).test(plain) ? Number(plain.replaceAll(/\D/g, '')) : undefined;
}

/** As the insides of a regular expression's brackets. A blank groups wherever one does. */
function separatorsOf(locale: Locale): { readonly group: string; readonly decimal: string } {
  const parts = new Intl.NumberFormat(locale, latin).formatToParts(1_234_567.8);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const group = of('group');
  return { group: /\s/.test(group) ? '\\s' : group, decimal: `.${of('decimal')}` };
}

/** A string, and not a number: Intl reads its digits as they are. */
function decimal(units: bigint, places: number): `${number}` {
  const scale = 10n ** BigInt(places);
  return `${units / scale}.${String(units % scale).padStart(places, '0')}` as `${number}`;
}
