import { useCallback, useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { EditBudget } from '../../budgets/EditBudget';
import { Dialog } from '../../parts/Dialog';
import { EmptyState } from '../../parts/EmptyState';
import { Notice } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { readUsableKeys } from '../keys/usable-keys';
import { ConnectionRows, type ConnectionDeed } from './ConnectionRows';
import { endConnection, limitConnection, listConnections, pauseConnection, resumeConnection, type Connection } from './connections-api';

interface Asking {
  readonly what: 'limit' | 'end';
  readonly row: Connection;
}

export function ConnectionsPage() {
  const [, , only] = location.pathname.split('/');
  const load = useCallback(async () => {
    const [rows, usable] = await Promise.all([listConnections(), readUsableKeys()]);
    return { rows: rows.filter(({ id }) => only === undefined || id === only), usable };
  }, [only]);
  const { data, trouble, reload } = useLoaded(load);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const switching = useDeed();

  const close = () => { setAsking(undefined); };
  const done = async (words: string) => { close(); setSaid(words); await reload(); };
  const act = (what: ConnectionDeed, row: Connection) => {
    setSaid(undefined);
    switching.clear();
    if (what === 'limit' || what === 'end') {
      setAsking({ what, row });
      return;
    }
    switching.run(async () => {
      await (what === 'pause' ? pauseConnection(row.id) : resumeConnection(row.id));
      await done(what === 'pause' ? `${row.app} is paused: its calls are refused until you let it go on.` : `${row.app} can call again.`);
    });
  };

  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Connections</h1>
          {data !== undefined && data.rows.length > 0 && <p class="muted">Apps that you let call with your keys. They never see a key.</p>}
        </div>
      </div>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {switching.trouble && <Notice kind="bad">{switching.trouble.message}</Notice>}
      {trouble && (
        <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>
      )}
      {data === undefined && trouble === undefined && <RowsToCome />}
      {data?.rows.length === 0 && (only === undefined ? <NoConnections /> : <p>There is no such connection, or it is not yours.</p>)}
      {data !== undefined && data.rows.length > 0 && <ConnectionRows rows={data.rows} usable={data.usable} onAsk={act} />}
      {only !== undefined && <p><a href="/connections">All connections</a></p>}
      {asking?.what === 'limit' && (
        <EditBudget
          title={`Budget of ${asking.row.app}`} before={asking.row.budget} label="Limit what it may spend"
          hint="No call of the app goes beyond it, on whichever of your keys." save={(wish) => limitConnection(asking.row.id, wish)}
          onDone={() => { void done(`The budget of ${asking.row.app} is changed.`); }} onClose={close}
        />
      )}
      {asking?.what === 'end' && <EndConnection row={asking.row} onClose={close} onDone={() => { void done(`${asking.row.app} is disconnected.`); }} />}
    </div>
  );
}

function NoConnections() {
  return (
    <EmptyState title="No app is connected" action={<a class="button" href="/keys">Look at your keys</a>}>
      <p class="muted">
        When an app asks to use your AI keys, you choose which of them, for how much and until when. It is listed here then: you see what it spends, change
        its limit, pause it, or end it.
      </p>
    </EmptyState>
  );
}

function EndConnection({ row, onDone, onClose }: { readonly row: Connection; readonly onDone: () => void; readonly onClose: () => void }) {
  const ending = useDeed();
  return (
    <Dialog title={`Disconnect ${row.app}?`} onClose={onClose}>
      <div class="form">
        <p>Its running calls are cut within a second, and it is refused from then on. To use your keys again it has to ask you again.</p>
        <p class="muted">What it called and spent stays on record.{row.status === 'active' && ' To stop it only for a while, pause it instead.'}</p>
        {ending.trouble && <Notice kind="bad">{ending.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={ending.busy}
            onClick={() => { ending.run(async () => { await endConnection(row.id); onDone(); }); }}>
            Disconnect it, cut running calls
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
