import { searchOf } from '../../app/useQuery';
import { dollars } from '../../budgets/money';
import { SpendChart, Swatch } from '../usage/SpendChart';
import { barsOf, mostSeries, seriesOf } from '../usage/stack';
import type { Usage } from '../usage/usage-api';

export function MonthChart({ usage: { groups, slots, cells } }: { readonly usage: Usage }) {
  const { named, others } = seriesOf(groups.map(({ group }) => group));
  return (
    <section class="card chart-card" aria-labelledby="by-day">
      <h2 id="by-day">Spend by {slots[0]?.includes('T') ? 'hour' : 'day'}</h2>
      <SpendChart bars={barsOf(slots, cells, named, others > 0)} labels={[]} />
    </section>
  );
}

/** What the chart's colours mean, and the sums behind it. */
export function MonthModels({ usage: { groups } }: { readonly usage: Usage }) {
  const { named, others } = seriesOf(groups.map(({ group }) => group));
  const rest = groups.slice(named.length);
  return (
    <section class="card table-card models" aria-labelledby="by-model">
      <div class="section-head"><h2 id="by-model">Models</h2><a href={`/usage${searchOf({ range: 'month', by: 'model' })}`}>Usage</a></div>
      <table class="sums">
        <thead><tr><th scope="col">Model</th><th scope="col">Calls</th><th scope="col">Cost</th></tr></thead>
        <tbody>
          {groups.slice(0, named.length).map(({ group, label, requests, cost }, place) => (
            <tr key={group}>
              <th scope="row">
                <Swatch place={place} />
                {group === '' ? label : <a href={`/logs${searchOf({ range: 'month', model: group })}`}><code>{label}</code></a>}
              </th>
              <td>{requests.toLocaleString()}</td>
              <td>{dollars(cost)}</td>
            </tr>
          ))}
          {others > 0 && (
            <tr>
              <th scope="row"><Swatch place={mostSeries} />{others.toLocaleString()} more</th>
              <td>{rest.reduce((sum, { requests }) => sum + requests, 0).toLocaleString()}</td>
              <td>{dollars(rest.reduce((sum, { cost }) => sum + cost, 0n))}</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}
