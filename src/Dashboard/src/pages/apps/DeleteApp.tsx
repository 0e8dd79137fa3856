import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { deleteApp, type App } from './apps-api';

export function DeleteApp({ app, onDone, onClose }: { readonly app: App; readonly onDone: () => void; readonly onClose: () => void }) {
  const deleting = useDeed();
  return (
    <Dialog title={`Delete ${app.name}?`} onClose={onClose}>
      <div class="form">
        <p>
          Every connection that people gave it ends: running calls are cut within a second, and their access tokens are refused from then on. Its client
          secrets end, too.
        </p>
        <p class="muted">
          It cannot be brought back. An app that you register in its place has to ask everybody again. What it called and spent stays on record.
        </p>
        {deleting.trouble && <Notice kind="bad">{deleting.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={deleting.busy}
            onClick={() => { deleting.run(async () => { await deleteApp(app.id); onDone(); }); }}>
            Delete it, end its connections
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
