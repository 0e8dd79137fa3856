import type { Sum } from './usage-api';

export const columns = ['label', 'requests', 'errors', 'input', 'output', 'cost'] as const;
export type Column = typeof columns[number];

export interface Order {
  readonly column: Column;
  readonly up: boolean;
}

/** As it stands in the address: `cost.down`. What stands there wrongly is the usual order. */
export function readOrder(text: string | undefined, by: string): Order {
  const [name, way] = (text ?? '').split('.');
  const column = columns.find((one) => one === name);
  if (column !== undefined) return { column, up: way === 'up' };
  return by === 'day' ? { column: 'label', up: true } : { column: 'cost', up: false };
}

export const writeOrder = ({ column, up }: Order): string => `${column}.${up ? 'up' : 'down'}`;

/** A press on the column that orders turns it round; on another, the largest come first, and names from A. */
export const pressed = (order: Order, column: Column): Order => ({ column, up: order.column === column ? !order.up : column === 'label' });

export function sorted(sums: readonly Sum[], { column, up }: Order, by: string): readonly Sum[] {
  const compare = (one: Sum, other: Sum): number => {
    // Days are in order as they are named, not as they are said.
    if (column === 'label') return by === 'day' ? compareAs(one.group, other.group) : one.label.localeCompare(other.label);
    return compareAs(one[column], other[column]);
  };
  return [...sums].sort((one, other) => (up ? compare(one, other) : compare(other, one)));
}

const compareAs = <Value extends string | number | bigint>(one: Value, other: Value): number => (one < other ? -1 : one > other ? 1 : 0);
