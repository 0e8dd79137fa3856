import '../../receipts/receipts.css';
import './logs.css';
import { useState } from 'preact/hooks';
import { goTo } from '../../app/router';
import { useLoaded } from '../../app/useLoaded';
import { usePages } from '../../app/usePages';
import { searchOf, useQuery } from '../../app/useQuery';
import { dollars } from '../../budgets/money';
import { reader } from '../../budgets/reader';
import { EmptyState } from '../../parts/EmptyState';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { RowsToCome } from '../../parts/Rows';
import { SelectField } from '../../parts/SelectField';
import { callerName, callerOptions, readCallers, type Callers } from '../../receipts/callers';
import { exactWords, secondWords } from '../../receipts/moments';
import { RangeFields, ranges } from '../../receipts/RangeFields';
import { listModels, logsPath, readReceipt, type Receipt } from './logs-api';

const anyTime = [{ value: '', label: 'Any' }, ...ranges];
const modes = [{ value: '', label: 'All' }, { value: 'live', label: 'Live' }, { value: 'test', label: 'Test' }];
const statuses = [
  { value: '', label: 'Any' }, { value: 'ok', label: 'Succeeded' }, { value: 'error', label: 'Failed' },
  ...['400', '401', '402', '403', '404', '429', '500', '502', '503', '504'].map((value) => ({ value, label: value })),
];
const pageSize = 50;

/** Receipts, newest first. */
export function LogsPage() {
  const [query, change] = useQuery();
  const callers = useLoaded(readCallers);
  const models = useLoaded(listModels);
  const { range = '', caller = '', model = '', status = '', mode = '' } = query;
  const path = logsPath(query, reader());
  const narrowed = [range, caller, model, status, mode].some((value) => value !== '');
  const modelOptions = [...new Set([...models.data ?? [], ...(model === '' ? [] : [model])])].map((value) => ({ value, label: value }));
  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Logs</h1>
          <p class="muted">A receipt for every call. Never what was asked or answered: KeyPass does not keep that.</p>
        </div>
      </div>
      <FindById />
      <div class="filters">
        <RangeFields range={range} query={query} options={anyTime} onChange={change} />
        <SelectField
          label="Key" value={caller} options={[{ value: '', label: 'Any' }, ...callerOptions(callers.data, caller)]}
          onChange={(next) => { change({ caller: next }); }}
        />
        <SelectField label="Model" value={model} options={[{ value: '', label: 'Any' }, ...modelOptions]} onChange={(next) => { change({ model: next }); }} />
        <SelectField label="Status" value={status} options={statuses} onChange={(next) => { change({ status: next }); }} />
        <SelectField label="Calls" value={mode} options={modes} onChange={(next) => { change({ mode: next }); }} />
      </div>
      {path !== undefined && <Calls key={searchOf(query)} path={path} narrowed={narrowed} callers={callers.data} />}
    </div>
  );
}

const requestId = /^(req_)?[0-9a-f]{32}$/;

function FindById() {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const find = (event: Event) => {
    event.preventDefault();
    const id = typed.trim().toLowerCase();
    if (requestId.test(id)) goTo(`/logs/${id.startsWith('req_') ? id : `req_${id}`}`);
    else setWrong(true);
  };
  return (
    <form class="find" role="search" onSubmit={find} noValidate>
      <Field
        label="Request id" value={typed} onChange={(text) => { setTyped(text); setWrong(false); }} exact maxLength={60}
        wrong={wrong ? 'A request id is req_ and 32 letters and digits: each answer has it as x-keypass-request-id.' : undefined}
      />
      <button type="submit" class="button">Find</button>
    </form>
  );
}

function Calls({ path, narrowed, callers }: { readonly path: string; readonly narrowed: boolean; readonly callers: Callers | undefined }) {
  // Until now moves on; the pages of one list must not.
  const [fixed] = useState(path);
  const { rows, more, busy, trouble, readOn } = usePages(fixed, pageSize, readReceipt);
  return (
    <>
      {rows === undefined && trouble === undefined && <RowsToCome count={5} />}
      {rows?.length === 0 && (narrowed
        ? <EmptyState title="No such calls" action={<a class="button" href="/logs">Show all calls</a>}>
            <p class="muted">No call fits what is chosen above.</p>
          </EmptyState>
        : <NoCalls />)}
      {rows !== undefined && rows.length > 0 && <CallTable rows={rows} callers={callers} />}
      {trouble && <Notice kind="bad" action={<button type="button" class="button" onClick={readOn}>Try again</button>}>{trouble.message}</Notice>}
      {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show older calls</button></div>}
    </>
  );
}

function CallTable({ rows, callers }: { readonly rows: readonly Receipt[]; readonly callers: Callers | undefined }) {
  const person = reader();
  return (
    <div class="card table-card">
      <table class="sums calls">
        <caption class="spoken">Calls, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Time</th><th scope="col" class="wide">Key</th><th scope="col" class="wide">Model</th><th scope="col" class="wide">Tokens</th>
            <th scope="col">Cost</th><th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.requestId}>
              <th scope="row">
                <a href={`/logs/${row.requestId}`}><time dateTime={row.at} title={exactWords(row.at, person)}>{secondWords(row.at, person)}</time></a>
                {row.test && <> <Pill tone="warn">test</Pill></>}
                <span class="narrow small muted">{callerName(row, callers)}<br />{row.servedModel ?? row.model}</span>
                {row.status >= 400 && <span class="narrow small wrong">{row.code ?? row.providerError?.code}</span>}
              </th>
              <td class="wide">{callerName(row, callers)}</td>
              <td class="wide"><code>{row.servedModel ?? row.model ?? '–'}</code></td>
              <td class="wide tokens">{row.input.toLocaleString()} → {row.output.toLocaleString()}</td>
              <td>{row.cost === undefined ? '?' : dollars(row.cost)}</td>
              <td class={row.status >= 400 ? 'wrong' : undefined}>
                {row.status}{' '}
                <span class="small wide">{row.status >= 400 ? row.code ?? row.providerError?.code : <span class="muted">{row.exactness}</span>}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NoCalls() {
  return (
    <EmptyState title="No calls yet" action={<a class="button primary" href="/virtual-keys">Make a virtual key</a>}>
      <p class="muted">Call a model with a virtual key: its receipt is here within a second of its end, and stays for 400 days.</p>
    </EmptyState>
  );
}
