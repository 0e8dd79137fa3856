import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { reject, type Approval } from './approvals-api';

export function Reject({ approval, title, onClose, onDone }: {
  readonly approval: Approval; readonly title: string; readonly onClose: () => void; readonly onDone: () => void;
}) {
  const rejecting = useDeed();
  return (
    <Dialog title={`Reject ${title}?`} onClose={onClose}>
      <div class="form">
        <p>
          {approval.kind === 'deposit'
            ? 'The sealed copy is deleted, and whatever the program had already sealed from it. The key itself stays valid at its vendor: revoke it '
              + 'there if you do not know it.'
            : 'The token is revoked at once, and with it what it made and you have not confirmed. Programs that use it are refused from their next request on.'}
        </p>
        <p class="muted">There is no undo. The program can do it again; if it should not, revoke the token it used.</p>
        {rejecting.trouble && <Notice kind="bad">{rejecting.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={rejecting.busy}
            onClick={() => { rejecting.run(async () => { await reject(approval.id); onDone(); }); }}>
            Reject it
          </button>
          <button type="button" class="button" onClick={onClose}>Leave it waiting</button>
        </div>
      </div>
    </Dialog>
  );
}
