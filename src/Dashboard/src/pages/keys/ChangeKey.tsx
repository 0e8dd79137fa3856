import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { deleteKey, renameKey, type KeyRow } from './keys-api';

interface ChangeProps {
  readonly row: KeyRow;
  readonly name: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function RenameKey({ row, name, onDone, onClose }: ChangeProps) {
  const [label, setLabel] = useState(row.label ?? '');
  const renaming = useDeed();
  return (
    <Dialog title={`Rename ${name}`} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); renaming.run(async () => { await renameKey(row.id, label.trim()); onDone(); }); }}>
        <Field label="Name" optional autofocus value={label} onChange={setLabel} maxLength={100} hint="Names are not encrypted: the server can read them." />
        {renaming.trouble && <Notice kind="bad">{renaming.trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={renaming.busy}>Save the name</button></div>
      </form>
    </Dialog>
  );
}

export function DeleteKey({ row, name, vendor, onDone, onClose }: ChangeProps & { readonly vendor: string }) {
  const deleting = useDeed();
  const goOn = () => { deleting.run(async () => { await deleteKey(row.id); onDone(); }); };
  return (
    <Dialog title={`Delete ${name}?`} onClose={onClose}>
      <div class="form">
        <p>
          Every app and virtual key that uses it is refused from then on, also in the middle of its work. The sealed copy here is gone for good:
          there is no undo.
        </p>
        <p class="muted">The key itself stays valid at {vendor}. Revoke it there too if it may have been seen.</p>
        {deleting.trouble && <Notice kind="bad">{deleting.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={deleting.busy} onClick={goOn}>Delete this key</button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
