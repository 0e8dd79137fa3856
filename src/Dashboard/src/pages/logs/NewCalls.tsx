import { useState } from 'preact/hooks';
import { LivePill } from '../../receipts/LivePill';
import { useReceipts } from '../../receipts/useReceipts';
import { listNewest, type Receipt } from './logs-api';

/** As many as a page of the list: who was away for more sees the list anew. */
const most = 50;

/** Says how many calls have ended since the list was read, and waits to be asked: rows that move are read by nobody. */
export function NewCalls({ known, onShow, onStale }: {
  readonly known: readonly Receipt[]; readonly onShow: (calls: readonly Receipt[]) => void; readonly onStale: () => void;
}) {
  const [fresh, setFresh] = useState<readonly Receipt[]>([]);
  const add = (calls: readonly Receipt[]) => {
    setFresh((before) => {
      const ids = new Set([...before, ...known].map(({ requestId }) => requestId));
      return [...calls.filter(({ requestId }) => !ids.has(requestId)), ...before];
    });
  };
  const live = useReceipts({
    onCall: (call) => { add([call]); },
    onOpen: (first) => {
      if (first) listNewest(most).then(add, () => undefined);
      else onStale();
    },
  });
  const show = () => {
    if (fresh.length >= most) onStale();
    else onShow(fresh);
    setFresh([]);
  };
  return (
    <div class="new-calls">
      <div role="status">
        {fresh.length > 0 && (
          <button type="button" class="button" onClick={show}>
            {fresh.length === 1 ? 'Show one new call' : `Show ${fresh.length.toLocaleString()} new calls`}
          </button>
        )}
      </div>
      <LivePill live={live} />
    </div>
  );
}
