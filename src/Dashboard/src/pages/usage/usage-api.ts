import { get } from '../../app/api';
import { needNano, needNumber, needText, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';
import { searchOf, type Query } from '../../app/useQuery';
import type { Reader } from '../../budgets/window';
import { queryOf, slotsOf, type Span } from '../../receipts/range';
import { unnamed } from '../../receipts/unnamed';
import { vendorOf } from '../keys/names';
import { listProviders } from '../keys/providers';

export interface Sum {
  /** Empty where the calls have none. */
  readonly group: string;
  readonly label: string;
  readonly requests: number;
  readonly errors: number;
  readonly input: number;
  readonly output: number;
  readonly cost: bigint;
}

/** What one group cost in one day or hour. */
export interface Cell {
  readonly slot: string;
  readonly group: string;
  readonly cost: bigint;
}

export interface Usage {
  readonly total: Sum;
  readonly unpriced: number;
  readonly groups: readonly Sum[];
  readonly slots: readonly string[];
  readonly cells: readonly Cell[];
  /** How many calls are how exact. */
  readonly exactness: readonly { readonly kind: string; readonly requests: number }[];
}

/** What the page asks, as it stands in its address. */
export interface Asked {
  readonly by: string;
  readonly span: Span;
  readonly test: boolean;
}

export const groupings = [
  { value: 'key', label: 'Virtual key' }, { value: 'model', label: 'Model' }, { value: 'provider', label: 'Provider' }, { value: 'day', label: 'Day' },
  { value: 'app', label: 'App' }, { value: 'tag', label: 'Tag' },
];

const addressOf = ({ span, test }: Asked, { timeZone }: Reader, more: Query): string =>
  `/v1/usage${searchOf({ ...queryOf(span), tz: timeZone, livemode: String(!test), ...more })}`;

/** The API's own table, for other programs. */
export const csvAddress = (asked: Asked, reader: Reader): string => addressOf(asked, reader, { groupBy: asked.by, format: 'csv' });

export async function readUsage(asked: Asked, reader: Reader): Promise<Usage> {
  const { per, names } = slotsOf(asked.span, reader);
  const ask = (more: Query) => get(addressOf(asked, reader, more));
  const [sums, slots, exactness, label] = await Promise.all([
    ask({ groupBy: asked.by }), ask(asked.by === 'day' ? { groupBy: per } : { groupBy: asked.by, per }), ask({ groupBy: 'exactness' }), labelsOf(asked.by),
  ]);
  const total = objectAt(sums, 'total');
  return {
    total: readSum(total, () => 'Total'), unpriced: needNumber(total, 'unpriced'), slots: names,
    groups: objectsAt(sums, 'groups').map((row) => readSum(row, label)),
    cells: objectsAt(slots, 'groups').map((row) => ({
      slot: textAt(row, 'slot') ?? needText(row, 'group'), group: asked.by === 'day' ? '' : textAt(row, 'group') ?? '', cost: needNano(row, 'costNanoUsd'),
    })),
    exactness: objectsAt(exactness, 'groups').map((row) => ({ kind: needText(row, 'group'), requests: needNumber(row, 'requests') })),
  };
}

type Label = (group: string | undefined, name: string | undefined) => string;

function readSum(row: JsonObject, label: Label): Sum {
  const group = textAt(row, 'group');
  return {
    group: group ?? '', label: label(group, textAt(row, 'name')), requests: needNumber(row, 'requests'), errors: needNumber(row, 'errors'),
    input: needNumber(row, 'inputTokens'), output: needNumber(row, 'outputTokens'), cost: needNano(row, 'costNanoUsd'),
  };
}

const without: Readonly<Record<string, string>> = {
  model: 'no model named', provider: 'no provider reached', app: 'your own virtual keys', tag: 'without a tag',
};

async function labelsOf(by: string): Promise<Label> {
  const providers = by === 'provider' ? await listProviders() : [];
  return (group, name) => {
    if (group === undefined) return without[by] ?? '';
    if (by === 'provider') return group.startsWith('custom:') ? 'servers of your own' : vendorOf(providers, { provider: group, origin: '' });
    return name ?? (by === 'key' ? unnamed(group) : group);
  };
}
