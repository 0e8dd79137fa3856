import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { deleteVirtualKey, type VirtualKey } from './virtual-keys-api';

export function DeleteVirtualKey({ row, onDone, onClose }: { readonly row: VirtualKey; readonly onDone: () => void; readonly onClose: () => void }) {
  const deleting = useDeed();
  return (
    <Dialog title={`Delete ${row.name}?`} onClose={onClose}>
      <div class="form">
        <p>Calls that run with it are cut, and every program that uses it is refused from then on. It cannot be brought back.</p>
        <p class="muted">
          What it called and spent stays on record.{row.status === 'active' && ' To stop it only for a while, disable it instead.'}
        </p>
        {deleting.trouble && <Notice kind="bad">{deleting.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={deleting.busy}
            onClick={() => { deleting.run(async () => { await deleteVirtualKey(row.id); onDone(); }); }}>
            Delete it, cut running calls
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
