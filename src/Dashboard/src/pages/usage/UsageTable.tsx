import { searchOf, type Query } from '../../app/useQuery';
import { dollars } from '../../budgets/money';
import { slotWords } from '../../receipts/range';
import { Swatch } from './SpendChart';
import { pressed, sorted, type Column, type Order } from './table';
import type { Sum, Usage } from './usage-api';

const headings: readonly { readonly column: Column; readonly words: string; readonly wide?: true }[] = [
  { column: 'requests', words: 'Calls' }, { column: 'errors', words: 'Failed', wide: true }, { column: 'input', words: 'Tokens in', wide: true },
  { column: 'output', words: 'Tokens out', wide: true }, { column: 'cost', words: 'Cost' },
];

/** The sums, in whichever order; those that the chart shows apart carry their colour. */
export function UsageTable({ usage, by, heading, named, order, range, onOrder }: {
  readonly usage: Usage; readonly by: string; readonly heading: string;
  /** The groups that the chart shows, in its order. */
  readonly named: readonly string[];
  readonly order: Order; readonly range: Query; readonly onOrder: (order: Order) => void;
}) {
  const head = (column: Column, words: string, wide?: true) => (
    <th scope="col" class={wide && 'wide'} aria-sort={order.column === column ? (order.up ? 'ascending' : 'descending') : 'none'}>
      <button type="button" onClick={() => { onOrder(pressed(order, column)); }}>
        {words}<span class="way" aria-hidden="true">{order.column === column ? (order.up ? ' ↑' : ' ↓') : ''}</span>
      </button>
    </th>
  );
  return (
    <div class="card table-card">
      <table class="sums">
        <caption class="spoken">What was spent, by {heading.toLowerCase()}</caption>
        <thead><tr>{head('label', heading)}{headings.map(({ column, words, wide }) => head(column, words, wide))}</tr></thead>
        <tbody>
          {sorted(usage.groups, order, by).map((sum) => (
            <tr key={sum.group}>
              <th scope="row">
                {by !== 'day' && <Swatch place={placeOf(named, sum.group)} />}
                <Calls sum={sum} by={by} range={range} />
              </th>
              <Figures sum={sum} />
            </tr>
          ))}
        </tbody>
        <tfoot><tr><th scope="row">Together</th><Figures sum={usage.total} /></tr></tfoot>
      </table>
      {by === 'tag' && <p class="small muted note">A call with two tags counts under each of them, and once in the sum.</p>}
    </div>
  );
}

/** Past the named ones, the series of all others. */
const placeOf = (named: readonly string[], group: string): number => (named.includes(group) ? named.indexOf(group) : named.length);

/** What it is called, and its receipts where the logs can be narrowed to it. */
function Calls({ sum: { group, label }, by, range }: { readonly sum: Sum; readonly by: string; readonly range: Query }) {
  const words = by === 'day' ? slotWords(group) : label;
  if (group === '' || (by !== 'key' && by !== 'model' && by !== 'day')) return <span>{words}</span>;
  const query = by === 'day' ? { ...range, range: 'own', from: group, to: group } : { ...range, [by === 'key' ? 'caller' : by]: group };
  return <a href={`/logs${searchOf(query)}`}>{by === 'model' ? <code>{words}</code> : words}</a>;
}

function Figures({ sum }: { readonly sum: Sum }) {
  return (
    <>
      {headings.map(({ column, wide }) => {
        const value = column === 'label' ? '' : sum[column];
        return <td class={wide && 'wide'}>{typeof value === 'bigint' ? dollars(value) : value.toLocaleString()}</td>;
      })}
    </>
  );
}
