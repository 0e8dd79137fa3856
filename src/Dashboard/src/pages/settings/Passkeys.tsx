import { useState } from 'preact/hooks';
import { takesPasskeys } from '../../app/passkey';
import type { Account } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { ConfirmWithPassword } from './ConfirmWithPassword';
import { addPasskey, listPasskeys, removePasskey, renamePasskey, type PasskeyRow } from './settings-api';

type Asking = { readonly what: 'add' } | { readonly what: 'rename' | 'remove'; readonly row: PasskeyRow };

export function Passkeys({ account }: { readonly account: Account }) {
  const { data, trouble, reload } = useLoaded(listPasskeys);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(undefined); };
  const done = (words: string) => { close(); setSaid(words); void reload(); };
  return (
    <>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {trouble && <Notice kind="bad"
        action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>}
      {data === undefined && trouble === undefined && <RowsToCome count={1} />}
      {data?.length === 0 && <p>You have none yet. With one, you sign in and unlock without typing; the password stays as the other way in.</p>}
      {data !== undefined && data.length > 0 && (
        <Rows label="Your passkeys">
          {data.map((row) => (
            <Row
              key={row.id} title={<>{row.name} <Unlocks row={row} /></>}
              facts={[
                { name: 'Added', value: <Moment at={row.createdAt} /> },
                { name: 'Last used', value: row.lastUsedAt === undefined ? <span class="muted">never</span> : <Moment at={row.lastUsedAt} /> },
              ]}
              actions={(
                <>
                  <button type="button" class="plain" onClick={() => { setAsking({ what: 'rename', row }); }}>
                    Rename<span class="spoken"> {row.name}</span>
                  </button>
                  <button type="button" class="plain danger"
                    onClick={() => { setAsking({ what: 'remove', row }); }}>Remove<span class="spoken"> {row.name}</span></button>
                </>
              )}
            />
          ))}
        </Rows>
      )}
      {takesPasskeys()
        ? <button type="button" class="button" onClick={() => { setSaid(undefined); setAsking({ what: 'add' }); }}>Add a passkey …</button>
        : <p class="muted">This browser has no passkeys. A current one on this device, or your phone, has.</p>}
      {asking?.what === 'add' && <AddPasskey account={account} onClose={close}
        onDone={(name) => { done(`“${name}” signs you in and unlocks your vault.`); }} />}
      {asking?.what === 'rename' && <RenamePasskey row={asking.row} onClose={close} onDone={() => { done('The name is changed.'); }} />}
      {asking?.what === 'remove' && <RemovePasskey row={asking.row} onClose={close}
        onDone={() => { done(`“${asking.row.name}” opens nothing here any more.`); }} />}
    </>
  );
}

function Unlocks({ row }: { readonly row: PasskeyRow }) {
  return row.unlocks
    ? (
      <Pill
        tone="sealed"
        meaning={<p>One touch signs in and opens the vault. What opens it is computed by the passkey and stays in the browser.</p>}
      >
        unlocks
      </Pill>
    )
    : (
      <Pill tone="warn" meaning={<p>What it unlocks with does not match its seal: somebody altered it, or a disk did. Remove it and add it again.</p>}>
        signs in only
      </Pill>
    );
}

interface AskProps {
  readonly onClose: () => void;
}

function AddPasskey({ account, onClose, onDone }: AskProps & { readonly account: Account; readonly onDone: (name: string) => void }) {
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  return (
    <ConfirmWithPassword
      account={account} title="Add a passkey" action="Add it" working="The browser asks for your passkey now, and perhaps twice." onClose={onClose}
      ready={() => { setTried(true); return name.trim() !== ''; }}
      deed={async (proven) => { await addPasskey(proven, name.trim()); onDone(name.trim()); }}
    >
      <p class="muted">The password is asked once more, because the passkey will open the vault in its place.</p>
      <Field
        label="Name" autofocus value={name} onChange={setName} maxLength={100} hint={<p>To tell it from others, like “Phone” or “Blue security key”.</p>}
        wrong={tried && name.trim() === '' ? 'Give it a name.' : undefined}
      />
    </ConfirmWithPassword>
  );
}

function RenamePasskey({ row, onClose, onDone }: AskProps & { readonly row: PasskeyRow; readonly onDone: () => void }) {
  const [name, setName] = useState(row.name);
  const renaming = useDeed();
  return (
    <Dialog title={`Rename ${row.name}`} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); renaming.run(async () => { await renamePasskey(row.id, name.trim()); onDone(); }); }}>
        <Field label="Name" autofocus required value={name} onChange={setName} maxLength={100} />
        {renaming.trouble && <Notice kind="bad">{renaming.trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={renaming.busy}>Save the name</button></div>
      </form>
    </Dialog>
  );
}

function RemovePasskey({ row, onClose, onDone }: AskProps & { readonly row: PasskeyRow; readonly onDone: () => void }) {
  const removing = useDeed();
  return (
    <Dialog title={`Remove ${row.name}?`} onClose={onClose}>
      <div class="form">
        <p>It neither signs in nor unlocks from then on. Sessions it started stay until you end them; the password and your other passkeys go on working.</p>
        <p class="muted">Your device may still offer it. Delete it there too, so that nobody is asked for what no longer works.</p>
        {removing.trouble && <Notice kind="bad">{removing.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={removing.busy}
            onClick={() => { removing.run(async () => { await removePasskey(row.id); onDone(); }); }}>
            Remove this passkey
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
