import { useCallback } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { approveGrant, wordsOfGrant, type Desk, type MadeGrant } from './approvals-api';
import { useOpened } from './useOpened';

export function ReviewGrant({ grant, held, desk, onClose, onDone }: {
  readonly grant: MadeGrant; readonly held: string; readonly desk: Desk; readonly onClose: () => void; readonly onDone: () => void;
}) {
  const words = useOpened(useCallback(() => wordsOfGrant(grant), [grant]), onClose);
  const approving = useDeed();
  if (words.opened === undefined && words.trouble === undefined) return null;
  const approve = (shown: readonly string[]) => {
    approving.run(async () => {
      await approveGrant(grant, shown, desk.rows);
      onDone();
    });
  };
  return (
    <Dialog title={`Confirm “${grant.request.label}”?`} onClose={onClose}>
      <div class="form">
        {words.trouble && <Notice kind="bad">{words.trouble.message}</Notice>}
        {words.opened !== undefined && (
          <>
            <dl class="facts-list">
              <dt>Made by</dt><dd>{grant.from === undefined ? 'a token that is no longer known' : <>the token <b>{grant.from}</b></>}</dd>
              <dt>When</dt><dd><Moment at={grant.createdAt} /></dd>
              <dt>Holds</dt><dd>{held}</dd>
            </dl>
            {words.opened.length > 0 && (
              <div>
                <p class="legend">Its six words</p>
                <ol class="six-words" aria-label="Six words">{words.opened.map((word) => <li>{word}</li>)}</ol>
                <p class="small muted">
                  Computed from its secret in this browser. Where the other side shows words, they must be these: then nobody put another in
                  its place.
                </p>
              </div>
            )}
            <p class="muted">Confirmed, it gets the new version when you rotate a key, and stays when the token that made it is revoked.</p>
            {approving.trouble && <Notice kind="bad">{approving.trouble.message}</Notice>}
            {approving.busy && <Working>Sealing its keys for it anew.</Working>}
            <div class="actions">
              <button type="button" class="button primary" aria-disabled={approving.busy} onClick={() => { approve(words.opened ?? []); }}>Confirm it</button>
              <button type="button" class="plain" onClick={onClose}>Decide later</button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
