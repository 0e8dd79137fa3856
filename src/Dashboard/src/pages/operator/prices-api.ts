import { put, remove } from '../../app/api';
import { flagAt, isObject, listAt, needText, numberAt, objectAt, textAt, type JsonObject } from '../../app/json';

/** What one model costs at one provider. Amounts are nano-dollars for a million of what is counted. */
export interface Price {
  readonly provider: string;
  readonly model: string;
  readonly rates: Rates;
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  /** As it came: it goes back unchanged with a new price. */
  readonly longInput: readonly unknown[];
  readonly validFrom: string | undefined;
  readonly source: string;
  readonly approximate: boolean;
  readonly override: boolean;
  readonly setAt: string | undefined;
  readonly setByYou: boolean;
}

export type Rates = Readonly<Record<string, number>>;

export const pricesPath = ({ search, provider, overrides }: { readonly search: string; readonly provider: string; readonly overrides: boolean }): string => {
  const query = new URLSearchParams({
    ...(search !== '' && { search }), ...(provider !== '' && { provider }), ...(overrides && { overrides: 'true' }),
  }).toString();
  return query === '' ? '/v1/prices' : `/v1/prices?${query}`;
};

export const readPrice = (row: JsonObject): Price => ({
  provider: needText(row, 'provider'), model: needText(row, 'model'), rates: ratesAt(row),
  contextTokens: numberAt(row, 'contextTokens'), maxOutputTokens: numberAt(row, 'maxOutputTokens'), longInput: listAt(row, 'longInput').filter(isObject),
  validFrom: textAt(row, 'validFrom'), source: needText(row, 'source'), approximate: flagAt(row, 'approximate'), override: flagAt(row, 'override'),
  setAt: textAt(row, 'setAt'), setByYou: flagAt(row, 'setByYou'),
});

function ratesAt(row: JsonObject): Rates {
  const rates = objectAt(row, 'nanoUsdPerMillion');
  return Object.fromEntries(Object.keys(rates).flatMap((name) => {
    const rate = numberAt(rates, name);
    return rate === undefined ? [] : [[name, rate]];
  }));
}

export type PriceWish = Pick<Price, 'provider' | 'model' | 'rates' | 'contextTokens' | 'maxOutputTokens' | 'longInput'>;

const addressOf = ({ provider, model }: Pick<Price, 'provider' | 'model'>): string =>
  `/v1/prices/${provider}/${model.split('/').map(encodeURIComponent).join('/')}`;

/** The whole price: what is left out is not the catalogue's any more. */
export async function setPrice(wish: PriceWish): Promise<void> {
  const { rates, contextTokens, maxOutputTokens, longInput } = wish;
  await put(addressOf(wish), { nanoUsdPerMillion: rates, contextTokens, maxOutputTokens, ...(longInput.length > 0 && { longInput }) });
}

/** The catalogue's counts again, where it has one. */
export async function takeBack(price: Pick<Price, 'provider' | 'model'>): Promise<void> {
  await remove(addressOf(price));
}
