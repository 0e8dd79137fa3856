import '../../receipts/receipts.css';
import './logs.css';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { receiptAt } from '../../app/palette-match';
import { goTo } from '../../app/router';
import { useLoaded } from '../../app/useLoaded';
import { usePages } from '../../app/usePages';
import { searchOf, useQuery } from '../../app/useQuery';
import { reader } from '../../budgets/reader';
import { EmptyState } from '../../parts/EmptyState';
import { Field } from '../../parts/Field';
import { Finder, type Found } from '../../parts/Finder';
import { Notice } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { SelectField } from '../../parts/SelectField';
import { callerSearch, nameOfCaller } from '../../receipts/callers';
import { RangeFields, ranges } from '../../receipts/RangeFields';
import { CallTable } from './CallTable';
import { listModels, logsPath, readReceipt, type Receipt } from './logs-api';
import { NewCalls } from './NewCalls';

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
        <CallerField caller={caller} onChange={(next) => { change({ caller: next }); }} />
        <SelectField label="Model" value={model} options={[{ value: '', label: 'Any' }, ...modelOptions]} onChange={(next) => { change({ model: next }); }} />
        <SelectField label="Status" value={status} options={statuses} onChange={(next) => { change({ status: next }); }} />
        <SelectField label="Calls" value={mode} options={modes} onChange={(next) => { change({ mode: next }); }} />
      </div>
      {path !== undefined && <Calls key={searchOf(query)} path={path} narrowed={narrowed} />}
    </div>
  );
}

const anyCaller: Found = { value: '', label: 'Any' };

/** Of thousands of keys none is fetched that nobody looks for. */
function CallerField({ caller, onChange }: { readonly caller: string; readonly onChange: (caller: string) => void }) {
  const search = useMemo(() => {
    const find = callerSearch();
    return async (part: string) => [...(part === '' ? [anyCaller] : []), ...await find(part)];
  }, []);
  const name = useLoaded(useCallback(() => nameOfCaller(caller), [caller]));
  return (
    <Finder
      label="Key or app" shown={caller === '' ? anyCaller.label : name.data ?? '…'} search={search}
      onChoose={({ value }) => { onChange(value); }}
    />
  );
}

function FindById() {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const find = (event: Event) => {
    event.preventDefault();
    const receipt = receiptAt(typed);
    if (receipt === undefined) setWrong(true);
    else goTo(receipt);
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

function Calls({ path, narrowed }: { readonly path: string; readonly narrowed: boolean }) {
  // Until now moves on; the pages of one list must not.
  const [fixed] = useState(path);
  const { rows: read, more, busy, trouble, readOn, reload } = usePages(fixed, pageSize, readReceipt);
  const [fresh, setFresh] = useState<readonly Receipt[]>([]);
  const rows = read && [...fresh, ...read];
  const anew = () => { setFresh([]); reload(); };
  return (
    <>
      {read !== undefined && !narrowed && read.length <= pageSize && (
        <NewCalls known={rows ?? []} onShow={(calls) => { setFresh((before) => [...calls, ...before]); }} onStale={anew} />
      )}
      {rows === undefined && trouble === undefined && <RowsToCome count={5} />}
      {rows?.length === 0 && (narrowed
        ? <EmptyState title="No such calls" action={<a class="button" href="/logs">Show all calls</a>}>
            <p class="muted">No call fits what is chosen above.</p>
          </EmptyState>
        : <NoCalls />)}
      {rows !== undefined && rows.length > 0 && <CallTable rows={rows} />}
      {trouble && <Notice kind="bad" action={<button type="button" class="button" onClick={readOn}>Try again</button>}>{trouble.message}</Notice>}
      {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show older calls</button></div>}
    </>
  );
}

function NoCalls() {
  return (
    <EmptyState title="No calls yet" action={<a class="button primary" href="/virtual-keys">Make a virtual key</a>}>
      <p class="muted">Call a model with a virtual key: its receipt is here within a second of its end, and stays for 400 days.</p>
    </EmptyState>
  );
}
