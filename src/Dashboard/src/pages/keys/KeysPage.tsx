import './keys.css';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { calledOff, troubleOf, type Trouble } from '../../app/trouble';
import { EmptyState } from '../../parts/EmptyState';
import { Notice, type NoticeProps } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { AddKey } from './AddKey';
import { DeleteKey, RenameKey } from './ChangeKey';
import { KeyRows, type Asking } from './KeyRows';
import { listKeys, testKey, type KeyRow } from './keys-api';
import { nameOf, vendorOf } from './names';
import { listProviders, providerOf, type Provider } from './providers';
import { RotateKey } from './RotateKey';

interface Loaded {
  readonly rows: readonly KeyRow[];
  readonly providers: readonly Provider[];
}

interface Said {
  readonly kind: NoticeProps['kind'];
  readonly words: ComponentChildren;
}

export function KeysPage() {
  const { loaded, trouble, reload } = useKeys();
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<Said>();
  const close = () => { setAsking(undefined); };
  const done = (words: ComponentChildren, kind: Said['kind'] = 'good') => {
    close();
    setSaid({ kind, words });
    void reload();
  };
  const add = () => { setAsking({ what: 'add' }); };
  const test = async (row: KeyRow, before: string) => {
    try {
      const { status, message } = await testKey(row);
      setSaid({ kind: status === 'invalid' || status === 'no_credit' ? 'warn' : 'good', words: `${before} ${message}` });
      void reload();
    } catch (failure) {
      // That a key could not be tested says nothing about the key.
      if (failure !== calledOff) setSaid({ kind: 'calm', words: `${before} It was not tested: ${troubleOf(failure).message}` });
    }
  };
  const added = (row: KeyRow, name: string) => {
    const kept = `${begin(name)} is sealed and in your vault.`;
    done(kept);
    void test(row, kept);
  };

  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Keys</h1>
          {loaded !== undefined && loaded.rows.length > 0 && <p class="muted">{summary(loaded.rows)}</p>}
        </div>
        {loaded !== undefined && loaded.rows.length > 0 && <button type="button" class="button primary" onClick={add}>Add a key</button>}
      </div>
      {said && <Notice kind={said.kind}>{said.words}</Notice>}
      {trouble && (
        <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>
      )}
      {loaded === undefined && trouble === undefined && <RowsToCome />}
      {loaded?.rows.length === 0 && <NoKeys onAdd={add} />}
      {loaded !== undefined && loaded.rows.length > 0 && <KeyRows {...loaded} onAsk={setAsking} onTest={(row) => { void test(row, ''); }} />}
      {asking && loaded && <Question asking={asking} loaded={loaded} onClose={close} onDone={done} onAdded={added} />}
    </div>
  );
}

/** The keys and the vendors, and how to ask for them again; what is on screen stays until the new list is there. */
function useKeys() {
  const [loaded, setLoaded] = useState<Loaded>();
  const [trouble, setTrouble] = useState<Trouble>();
  const reload = useCallback(async () => {
    try {
      const [rows, providers] = await Promise.all([listKeys(), listProviders()]);
      setLoaded({ rows, providers });
      setTrouble(undefined);
    } catch (failure) {
      setTrouble(troubleOf(failure));
    }
  }, []);
  useEffect(() => { void reload(); }, [reload]);
  return { loaded, trouble, reload };
}

function NoKeys({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <EmptyState title="Put your first provider key in" action={<button type="button" class="button primary" onClick={onAdd}>Add a key</button>}>
      <p class="muted">
        A provider key is what OpenAI, Anthropic, Google and others give you to pay for calls. Here it is encrypted in your browser before it leaves
        it. Apps and teammates then get a piece of it with a limit, and never the key.
      </p>
      <ol class="muted steps">
        <li>Make a key at the vendor. The form has the link to the right page.</li>
        <li>Paste it. It is sealed in this browser and tested with one call that costs nothing.</li>
        <li>Take it out of your .env files and chat threads.</li>
      </ol>
    </EmptyState>
  );
}

function Question({ asking, loaded, onClose, onDone, onAdded }: {
  readonly asking: Asking; readonly loaded: Loaded; readonly onClose: () => void;
  readonly onDone: (words: ComponentChildren, kind?: Said['kind']) => void; readonly onAdded: (row: KeyRow, name: string) => void;
}) {
  const { providers } = loaded;
  if (asking.what === 'add') {
    return <AddKey providers={providers} onClose={onClose} onAdded={(row) => { onAdded(row, nameOf(vendorOf(providers, row), row)); }} />;
  }
  const { row } = asking;
  const vendor = vendorOf(providers, row);
  const name = nameOf(vendor, row);
  const provider = providerOf(providers, row.provider);
  switch (asking.what) {
    case 'rename':
      return <RenameKey row={row} name={name} onClose={onClose} onDone={() => { onDone('The name is changed.'); }} />;
    case 'delete':
      return <DeleteKey row={row} name={name} vendor={vendor} onClose={onClose} onDone={() => { onDone(`${begin(name)} is deleted.`); }} />;
    case 'rotate':
      return provider && (
        <RotateKey
          row={row} name={name} provider={provider} providers={providers} onClose={onClose}
          onRotated={(old) => {
            if (old === 0) onDone(`${begin(name)} is rotated. Revoke the old key at ${vendor} now.`);
            else onDone(stillOld(name, old), 'warn');
          }}
        />
      );
  }
}

function stillOld(name: string, count: number): string {
  const who = count === 1 ? 'One app or virtual key still uses' : `${count} apps or virtual keys still use`;
  return `${begin(name)} is rotated. ${who} the old key: this vault does not vouch for them. `
    + 'Approve them, or they stop when you revoke the old key at the vendor.';
}

const begin = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function summary(rows: readonly KeyRow[]): string {
  const count = rows.length === 1 ? 'One provider key.' : `${rows.length} provider keys.`;
  return rows.every(({ custody }) => custody === 'sealed') ? `${count} They open in your browser, and for calls you approved.` : count;
}
