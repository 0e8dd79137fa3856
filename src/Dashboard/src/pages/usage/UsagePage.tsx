import '../../receipts/receipts.css';
import './usage.css';
import { useCallback, useMemo } from 'preact/hooks';
import { useLoaded } from '../../app/useLoaded';
import { useQuery, type Query } from '../../app/useQuery';
import { dollars } from '../../budgets/money';
import { reader } from '../../budgets/reader';
import { EmptyState } from '../../parts/EmptyState';
import { Notice } from '../../parts/Notice';
import { SelectField, type SelectOption } from '../../parts/SelectField';
import { Exactness } from '../../receipts/Exactness';
import { spanOf } from '../../receipts/range';
import { RangeFields, ranges } from '../../receipts/RangeFields';
import { SpendChart } from './SpendChart';
import { barsOf, seriesOf } from './stack';
import { readOrder, writeOrder } from './table';
import { csvAddress, groupings, readUsage, type Asked, type Usage } from './usage-api';
import { UsageTable } from './UsageTable';

const modes = [{ value: '', label: 'Live' }, { value: 'test', label: 'Test' }];

/** What was spent: the sum, when, and on what. */
export function UsagePage() {
  const [query, change] = useQuery();
  const { timeZone } = reader();
  const { from = '', to = '' } = query;
  const range = known(ranges, query['range']) ?? '30d';
  const by = known(groupings, query['by']) ?? 'model';
  const test = query['mode'] === 'test';
  const asked = useMemo((): Asked | undefined => {
    const span = spanOf(range, { from, to }, { ...reader(), timeZone });
    return span && { by, test, span };
  }, [range, from, to, by, test, timeZone]);
  const load = useCallback(async () => ({ asked, usage: asked && await readUsage(asked, reader()) }), [asked]);
  const { data, trouble, reload } = useLoaded(load);
  // The answer to an older question is not shown as if it were that to the new one.
  const usage = data?.asked === asked ? data?.usage : undefined;
  const retry = <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  return (
    <div class={test ? 'content test-mode' : 'content'}>
      <div class="content-head">
        <h1>Usage</h1>
        {asked && <a class="button" href={csvAddress(asked, reader())} download={`keypass-usage-by-${by}.csv`}>Download CSV</a>}
      </div>
      <div class="filters">
        <RangeFields range={range} query={query} options={ranges} onChange={change} />
        <SelectField label="Group by" value={by} options={groupings} onChange={(next) => { change({ by: next, sort: '' }); }} />
        <SelectField label="Calls" value={test ? 'test' : ''} options={modes} onChange={(mode) => { change({ mode }); }} />
      </div>
      {trouble && <Notice kind="bad" action={retry}>{trouble.message}</Notice>}
      {asked && !usage && !trouble && <div class="card usage-to-come" role="status" aria-label="Loading" />}
      {usage && !trouble && (usage.total.requests === 0
        ? <NoCalls test={test} />
        : <Shown usage={usage} by={by} query={{ ...query, range }} onChange={change} />)}
    </div>
  );
}

const known = (options: readonly SelectOption[], value: string | undefined) => options.find((option) => option.value === value)?.value;

function Shown({ usage, by, query, onChange }: {
  readonly usage: Usage; readonly by: string; readonly query: Query; readonly onChange: (change: Query) => void;
}) {
  const groups = by === 'day' ? [''] : usage.groups.map(({ group }) => group);
  const { named, others } = seriesOf(groups);
  const labels = named.map((group) => usage.groups.find((sum) => sum.group === group)?.label ?? '');
  const { from = '', to = '', range = '', mode = '' } = query;
  return (
    <>
      <Together usage={usage} />
      <div class="card chart-card">
        <h2>Spend by {usage.slots[0]?.includes('T') ? 'hour' : 'day'}</h2>
        <SpendChart bars={barsOf(usage.slots, usage.cells, named, others > 0)} labels={others > 0 ? [...labels, `${others.toLocaleString()} more`] : labels} />
      </div>
      <UsageTable
        usage={usage} by={by} heading={groupings.find(({ value }) => value === by)?.label ?? ''} named={named} order={readOrder(query['sort'], by)}
        range={{ range, from, to, mode }} onOrder={(order) => { onChange({ sort: writeOrder(order) }); }}
      />
    </>
  );
}

function Together({ usage: { total, unpriced, exactness } }: { readonly usage: Usage }) {
  const failed = total.errors === 0 ? 'none failed' : `${total.errors.toLocaleString()} failed`;
  return (
    <>
      <dl class="figures">
        <div class="card"><dt class="small muted">Spent</dt><dd>{dollars(total.cost)}</dd></div>
        <div class="card"><dt class="small muted">Calls</dt><dd>{total.requests.toLocaleString()}</dd><dd class="small muted">{failed}</dd></div>
        <div class="card"><dt class="small muted">Tokens in</dt><dd>{total.input.toLocaleString()}</dd></div>
        <div class="card"><dt class="small muted">Tokens out</dt><dd>{total.output.toLocaleString()}</dd></div>
      </dl>
      <div class="exactness">
        <span class="muted">How exact:</span>
        {exactness.map(({ kind, requests }) => <Exactness key={kind} kind={kind} count={requests} />)}
      </div>
      {unpriced > 0 && (
        <Notice kind="warn">
          {unpriced === 1 ? 'One call is' : `${unpriced.toLocaleString()} calls are`} missing in what was spent: nobody told KeyPass what their models cost.
        </Notice>
      )}
    </>
  );
}

function NoCalls({ test }: { readonly test: boolean }) {
  return (
    <EmptyState
      title={test ? 'No test calls in these days' : 'No calls in these days'}
      action={<a class="button primary" href="/virtual-keys">Virtual keys</a>}
    >
      <p class="muted">
        {test
          ? 'Calls with a test key reach the sandbox and cost nothing real. Make a virtual key in test mode, and call with it.'
          : 'Every call with a virtual key is counted here within a second of its end. Choose more days, or make a key and call with it.'}
      </p>
    </EmptyState>
  );
}
