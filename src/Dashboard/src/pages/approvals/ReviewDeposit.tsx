import { useCallback, useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Ticks } from '../../parts/Ticks';
import { Working } from '../../parts/Working';
import { vendorOf } from '../keys/names';
import { approveDeposit, endingOf, type Deposit, type Desk } from './approvals-api';
import { useOpened } from './useOpened';

export function ReviewDeposit({ deposit, title, desk, onClose, onDone }: {
  readonly deposit: Deposit; readonly title: string; readonly desk: Desk; readonly onClose: () => void; readonly onDone: () => void;
}) {
  const ending = useOpened(useCallback(() => endingOf(deposit), [deposit]), onClose);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const approving = useDeed();
  // The token that put it in, where it may hand keys on, has the use of it already.
  const takers = desk.takers.filter(({ held }) => !held.some(({ keyId }) => keyId === deposit.id));
  if (ending.opened === undefined && ending.trouble === undefined) return null;
  const approve = () => {
    approving.run(async () => {
      await approveDeposit(deposit, takers.filter(({ grantId }) => chosen.includes(grantId)));
      onDone();
    });
  };
  return (
    <Dialog title={`Take ${title} into the vault?`} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); approve(); }}>
        {ending.trouble && <Notice kind="bad">{ending.trouble.message}</Notice>}
        {ending.opened !== undefined && (
          <>
            <dl class="facts-list">
              <dt>Put in by</dt><dd>{deposit.from === undefined ? 'a token that is no longer known' : <>the token <b>{deposit.from}</b></>}</dd>
              <dt>When</dt><dd><Moment at={deposit.createdAt} /></dd>
              <dt>Vendor</dt><dd>{vendorOf(desk.providers, deposit.item)}</dd>
              <dt>Goes to</dt><dd>{deposit.item.origin}</dd>
              <dt>Ends with</dt><dd>{ending.opened === '' ? 'too short to show a part of' : <code>…{ending.opened}</code>}</dd>
            </dl>
            <p class="muted">
              Opened in this browser just now. Compare the ending with the vendor’s page: with a key that is not yours, what your apps ask
              would go through somebody else’s account.
            </p>
            {takers.length > 0 && (
              <Ticks legend="Who else may use it" chosen={chosen} onChange={setChosen}
                options={takers.map(({ grantId, label }) => ({ value: grantId, label }))} />
            )}
            {approving.trouble && <Notice kind="bad">{approving.trouble.message}</Notice>}
            {approving.busy && <Working>Sealing it under your vault’s key.</Working>}
            <div class="actions">
              <button type="submit" class="button primary" aria-disabled={approving.busy}>Take it in</button>
              <button type="button" class="plain" onClick={onClose}>Decide later</button>
            </div>
          </>
        )}
      </form>
    </Dialog>
  );
}
