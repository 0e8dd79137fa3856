import './keys.css';
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { calledOff, troubleOf } from '../../app/trouble';
import { useLoaded } from '../../app/useLoaded';
import { usePointed } from '../../app/usePointed';
import { EditBudget } from '../../budgets/EditBudget';
import { EmptyState } from '../../parts/EmptyState';
import { Notice, type NoticeProps } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { AddKey } from './AddKey';
import { DeleteKey, RenameKey } from './ChangeKey';
import { KeyRows, type RowDeed } from './KeyRows';
import { limitKey, testKey, type KeyRow } from './keys-api';
import { readKeysShown, type KeysShown } from './keys-shown';
import { begin, nameOf, vendorOf } from './names';
import { providerOf } from './providers';
import { RotateKey } from './RotateKey';

type Asking = { readonly what: 'add' } | { readonly what: Exclude<RowDeed, 'test'>; readonly row: KeyRow };

interface Said {
  readonly kind: NoticeProps['kind'];
  readonly words: ComponentChildren;
}

export function KeysPage() {
  const { data: shown, trouble, reload } = useLoaded(readKeysShown);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<Said>();
  const [testing, setTesting] = useState<string>();
  const ids = useMemo(() => shown?.rows.map(({ id }) => id), [shown]);
  const { marked, missing } = usePointed(ids);
  const close = () => { setAsking(undefined); };
  const done = (words: ComponentChildren, kind: Said['kind'] = 'good') => {
    close();
    setSaid({ kind, words });
    void reload();
  };
  const add = () => { setAsking({ what: 'add' }); };
  /** After adding, what went before is said in the same breath; a test that cannot be made says nothing about the key then. */
  const test = async (row: KeyRow, name: string, added: boolean) => {
    setTesting(row.id);
    const before = added ? inVault(name) : '';
    try {
      const { ok, message } = await testKey(row);
      const verdict = ok ? ', and works.' : `, but its test failed. ${message}`;
      setSaid({ kind: ok ? 'good' : 'warn', words: added ? `${before}${verdict}` : `${begin(name)}: ${message}` });
      await reload();
    } catch (failure) {
      if (!added && failure !== calledOff) setSaid({ kind: 'bad', words: troubleOf(failure).message });
    } finally {
      setTesting(undefined);
    }
  };
  const act = (what: RowDeed, row: KeyRow) => {
    setSaid(undefined);
    if (what !== 'test') setAsking({ what, row });
    else if (testing === undefined) void test(row, nameOf(vendorOf(shown?.providers ?? [], row), row), false);
  };
  const any = shown !== undefined && shown.rows.length > 0;

  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Keys</h1>
          {any && <p class="muted">{summary(shown.rows)}</p>}
        </div>
        {any && <button type="button" class="button primary" onClick={add}>Add a key</button>}
      </div>
      {shown !== undefined && shown.waiting > 0 && (
        <Notice kind="warn" action={<a class="button" href="/keys/approvals">Look at {shown.waiting === 1 ? 'it' : 'them'}</a>}>
          <p><b>{shown.waiting === 1 ? 'One thing waits' : `${shown.waiting} things wait`} for you.</b> Programs did something with a management token.</p>
        </Notice>
      )}
      {missing && <Notice kind="warn">The key that you came for is not here any more: it was deleted, or it is another account’s.</Notice>}
      {said && <Notice kind={said.kind}>{said.words}</Notice>}
      {trouble && (
        <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>
      )}
      {shown === undefined && trouble === undefined && <RowsToCome />}
      {shown?.rows.length === 0 && <NoKeys onAdd={add} />}
      {any && <KeyRows shown={shown} testing={testing} marked={marked} onAsk={act} />}
      {asking && shown && (
        <Question
          asking={asking} shown={shown} onClose={close} onDone={done}
          onAdded={(row, name) => { done(`${inVault(name)}.`); void test(row, name, true); }}
        />
      )}
    </div>
  );
}

function NoKeys({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <EmptyState title="Put your first provider key in" action={<button type="button" class="button primary" onClick={onAdd}>Add a key</button>}>
      <p class="muted">
        A provider key is what OpenAI, Anthropic, Google and others give you to pay for calls. {isManaged()
          ? 'The server encrypts it as soon as it arrives.' : 'Here it is encrypted in your browser before it leaves it.'} Apps and teammates then get a
        piece of it with a limit, and never the key.
      </p>
      <ol class="muted steps">
        <li>Make a key at the vendor. The form has the link to the right page.</li>
        <li>Paste it. It is {isManaged() ? 'sent to the server' : 'sealed in this browser'} and tested with one call that costs nothing.</li>
        <li>Take it out of your .env files and chat threads.</li>
      </ol>
    </EmptyState>
  );
}

function Question({ asking, shown, onClose, onDone, onAdded }: {
  readonly asking: Asking; readonly shown: KeysShown; readonly onClose: () => void;
  readonly onDone: (words: ComponentChildren, kind?: Said['kind']) => void; readonly onAdded: (row: KeyRow, name: string) => void;
}) {
  const { providers } = shown;
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
    case 'limit':
      return (
        <EditBudget
          title={`Budget of ${name}`} before={row.budget} onClose={onClose} save={(wish) => limitKey(row.id, wish)}
          label="Limit what is spent with it" hint="By everything that calls with this key together. A call must fit into this and into every other limit."
          onDone={(wish) => { onDone(wish === null ? `The budget of ${name} is taken away.` : `The budget of ${name} is set.`); }}
        />
      );
    case 'rotate':
      return provider && (
        <RotateKey
          row={row} name={name} provider={provider} providers={providers} onClose={onClose}
          onRotated={(old) => {
            if (old.length === 0) onDone(`${begin(name)} is rotated. Revoke the old key at ${vendor} now.`);
            else onDone(stillOld(name, old.map((id) => shown.grantNames.get(id) ?? id.slice(0, 8))), 'warn');
          }}
        />
      );
  }
}

function stillOld(name: string, behind: readonly string[]): ComponentChildren {
  const one = behind.length === 1;
  return (
    <>
      {begin(name)} is rotated. Still on the old key: {behind.map((label) => `“${label}”`).join(', ')}. Your vault does not vouch for {one ? 'it' : 'them'}, so
      nothing was sealed for {one ? 'it' : 'them'}. <a href="/keys/approvals">Confirm {one ? 'it' : 'them'}</a>, or {one ? 'it stops' : 'they stop'} when you
      revoke the old key at the vendor.
    </>
  );
}

const inVault = (name: string): string => `${begin(name)} is ${isManaged() ? '' : 'sealed and '}in your vault`;

function summary(rows: readonly KeyRow[]): string {
  const [count, they, them] = rows.length === 1 ? ['One provider key.', 'It opens', 'it'] : [`${rows.length} provider keys.`, 'They open', 'them'];
  const isSealed = rows.every(({ custody }) => custody === 'sealed');
  return isSealed ? `${count} ${they} in your browser, and for calls you approved.` : `${count} The server can open ${them}.`;
}
