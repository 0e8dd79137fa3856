import { SpendBar } from '../../budgets/SpendBar';
import { Moment } from '../../parts/Moment';
import { Pill, type PillTone } from '../../parts/Pill';
import { Row, Rows } from '../../parts/Rows';
import { vendorOf } from '../keys/names';
import type { UsableKeys } from '../keys/usable-keys';
import type { Connection } from './connections-api';

export type ConnectionDeed = 'limit' | 'pause' | 'resume' | 'end';

const states: Readonly<Record<string, { readonly tone: PillTone; readonly means: string }>> = {
  active: { tone: 'good', means: 'The app calls, within its limits.' },
  paused: { tone: 'warn', means: 'Its calls are refused until you let it go on.' },
  expired: { tone: 'bad', means: 'The time that you gave it is over. The app can ask for more.' },
  revoked: { tone: 'calm', means: 'It was ended for good. What it spent stays on record.' },
};

export function ConnectionRows({ rows, usable, onAsk }: {
  readonly rows: readonly Connection[]; readonly usable: UsableKeys; readonly onAsk: (what: ConnectionDeed, row: Connection) => void;
}) {
  return (
    <Rows label="Apps you connected" alone>
      {rows.map((row) => {
        const act = (what: ConnectionDeed, label: string) => (
          <button type="button" class={what === 'end' ? 'plain danger' : 'plain'} onClick={() => { onAsk(what, row); }}>
            {label}<span class="spoken"> {row.app}</span>
          </button>
        );
        const state = states[row.status] ?? { tone: 'calm' as const, means: row.status };
        return (
          <Row
            key={row.id}
            title={<>{row.app} <Pill tone={state.tone} meaning={<p>{state.means}</p>}>{row.status}</Pill>{row.test && <> <Pill tone="calm">test</Pill></>}</>}
            under={row.domain ?? 'not verified'}
            facts={[
              { name: 'Provider keys', value: keysOf(row, usable) },
              { name: 'Models', value: row.models.length === 0 ? <span class="muted">every one</span> : row.models.join(', ') },
              { name: 'Last used', value: row.lastUsedAt === undefined ? <span class="muted">never</span> : <Moment at={row.lastUsedAt} /> },
              { name: 'Connected', value: <Moment at={row.createdAt} /> },
              ...(row.expiresAt === undefined ? [] : [{ name: row.status === 'expired' ? 'Ended' : 'Ends', value: <Moment at={row.expiresAt} /> }]),
            ]}
            below={row.budget && <SpendBar compact budget={row.budget} label={`Spent by ${row.app}`} />}
            actions={row.status === 'revoked' ? undefined : (
              <>{act('limit', 'Budget')}{row.status === 'paused' ? act('resume', 'Let it go on') : act('pause', 'Pause')}{act('end', 'Disconnect')}</>
            )}
          />
        );
      })}
    </Rows>
  );
}

function keysOf({ keyIds }: Connection, { rows, providers }: UsableKeys) {
  if (keyIds.length === 0) return <span class="muted">none</span>;
  return keyIds.map((id) => {
    const held = rows.find((row) => row.id === id);
    if (held === undefined) return 'a key that is not usable';
    return held.label === undefined ? vendorOf(providers, held) : `${vendorOf(providers, held)} “${held.label}”`;
  }).join(', ');
}
