import './virtual-keys.css';
import { useState } from 'preact/hooks';
import { looksSecret } from '../../app/secret-text';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { usePages } from '../../app/usePages';
import { searchOf, useQuery } from '../../app/useQuery';
import { EmptyState } from '../../parts/EmptyState';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { readUsableKeys, type UsableKeys } from '../keys/usable-keys';
import { CreateVirtualKey } from './CreateVirtualKey';
import { DeleteVirtualKey } from './DeleteVirtualKey';
import { EditVirtualKey } from './EditVirtualKey';
import { RotateVirtualKey } from './RotateVirtualKey';
import { disableVirtualKey, enableVirtualKey, readVirtualKey, virtualKeysPath, type VirtualKey } from './virtual-keys-api';
import { VirtualKeyRows, type RowDeed } from './VirtualKeyRows';

type Asking = { readonly what: 'create' } | { readonly what: 'edit' | 'rotate' | 'delete'; readonly row: VirtualKey };

const pageSize = 100;
/** So few are found by looking. */
const fewRows = 10;

export function VirtualKeysPage() {
  const [{ q = '' }, change] = useQuery();
  const { rows, more, busy, trouble, readOn, reload } = usePages(virtualKeysPath + searchOf({ q }), pageSize, readVirtualKey);
  const vault = useLoaded(readUsableKeys);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const switching = useDeed();
  const usable = vault.data;
  const missing = trouble ?? vault.trouble;
  const retry = () => { if (trouble) readOn(); if (vault.trouble) void vault.reload(); };

  const close = () => { setAsking(undefined); };
  const done = (words: string) => { close(); setSaid(words); reload(); };
  const ask = (next: Asking) => { setSaid(undefined); switching.clear(); setAsking(next); };
  const act = (what: RowDeed, row: VirtualKey) => {
    if (what !== 'disable' && what !== 'enable') {
      ask({ what, row });
      return;
    }
    setSaid(undefined);
    switching.run(async () => {
      await (what === 'disable' ? disableVirtualKey(row.id) : enableVirtualKey(row.id));
      done(what === 'disable' ? `“${row.name}” is disabled: its calls are refused until you enable it.` : `“${row.name}” is enabled again.`);
    });
  };
  const create = <button type="button" class="button primary" onClick={() => { ask({ what: 'create' }); }}>Make a virtual key</button>;
  const ready = rows !== undefined && usable !== undefined;

  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Virtual keys</h1>
          {ready && rows.length > 0 && (
            <p class="muted">What your programs call with, in the place of a provider key. <a href="/migrate">Migrate a program</a></p>
          )}
        </div>
        {ready && rows.length > 0 && create}
      </div>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {switching.trouble && <Notice kind="bad">{switching.trouble.message}</Notice>}
      {missing && <Notice kind="bad" action={<button type="button" class="button" onClick={retry}>Try again</button>}>{missing.message}</Notice>}
      {!ready && missing === undefined && <RowsToCome />}
      {ready && (q !== '' || more || rows.length > fewRows) && <FindByName key={q} q={q} onFind={(next) => { change({ q: next }); }} />}
      {ready && rows.length === 0 && q !== '' && (
        <EmptyState title="No such keys" action={<a class="button" href="/virtual-keys">Show all keys</a>}>
          <p class="muted">No virtual key’s name has “{q}” in it.</p>
        </EmptyState>
      )}
      {ready && rows.length === 0 && q === '' && <NoVirtualKeys usable={usable} create={create} />}
      {ready && rows.length > 0 && <VirtualKeyRows rows={rows} usable={usable} onAsk={act} />}
      {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show older keys</button></div>}
      {asking && usable && <Question asking={asking} usable={usable} onClose={close} onDone={done} onMade={reload} />}
    </div>
  );
}

function FindByName({ q, onFind }: { readonly q: string; readonly onFind: (q: string) => void }) {
  const [typed, setTyped] = useState(q);
  const secret = looksSecret(typed);
  return (
    <form class="find" role="search" noValidate onSubmit={(event) => { event.preventDefault(); if (!secret) onFind(typed.trim()); }}>
      <Field
        label="Name of a key" value={typed} onChange={setTyped} maxLength={100}
        wrong={secret ? 'This looks like a key itself. Keys are found by their names; it was sent nowhere.' : undefined}
      />
      <button type="submit" class="button">Find</button>
    </form>
  );
}

function Question({ asking, usable, onClose, onDone, onMade }: {
  readonly asking: Asking; readonly usable: UsableKeys; readonly onClose: () => void; readonly onDone: (words: string) => void; readonly onMade: () => void;
}) {
  if (asking.what === 'create') return <CreateVirtualKey usable={usable} onMade={onMade} onClose={onClose} />;
  const { what, row } = asking;
  switch (what) {
    case 'edit':
      return <EditVirtualKey row={row} usable={usable} onClose={onClose} onDone={() => { onDone(`“${row.name}” is changed.`); }} />;
    case 'rotate':
      return <RotateVirtualKey row={row} usable={usable} onMade={onMade} onClose={onClose} />;
    case 'delete':
      return <DeleteVirtualKey row={row} onClose={onClose} onDone={() => { onDone(`“${row.name}” is deleted.`); }} />;
  }
}

function NoVirtualKeys({ usable, create }: { readonly usable: UsableKeys; readonly create: preact.ComponentChildren }) {
  const none = usable.rows.length === 0;
  return (
    <EmptyState
      title={none ? 'First put a provider key in, or try a test key' : 'Make your first virtual key'}
      action={none ? <><a class="button primary" href="/keys">Add a provider key</a>{create}</> : create}
    >
      <p class="muted">
        A virtual key is what your programs and teammates call with, in the place of a provider key. It works with the SDKs they have: two values
        change. You limit it, see what it spends, and take it back without touching the provider key. <a href="/migrate">See what changes in a program</a>.
      </p>
    </EmptyState>
  );
}
