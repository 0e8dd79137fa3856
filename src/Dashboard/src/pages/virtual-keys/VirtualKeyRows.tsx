import { SpendBar } from '../../budgets/SpendBar';
import { Moment } from '../../parts/Moment';
import { Pill, type PillTone } from '../../parts/Pill';
import { Row, Rows } from '../../parts/Rows';
import { vendorOf } from '../keys/names';
import type { UsableKeys } from '../keys/usable-keys';
import type { VirtualKey } from './virtual-keys-api';

export type RowDeed = 'edit' | 'rotate' | 'disable' | 'enable' | 'delete';

export function VirtualKeyRows({ rows, usable, onAsk }: {
  readonly rows: readonly VirtualKey[]; readonly usable: UsableKeys; readonly onAsk: (what: RowDeed, row: VirtualKey) => void;
}) {
  return (
    <Rows label="Your virtual keys" alone>
      {rows.map((row) => {
        const act = (what: RowDeed, label: string) => (
          <button type="button" class={what === 'delete' ? 'plain danger' : 'plain'} onClick={() => { onAsk(what, row); }}>
            {label}<span class="spoken"> {row.name}</span>
          </button>
        );
        return (
          <Row
            key={row.id}
            title={<>{row.name} <State row={row} />{row.test && <> <TestMode /></>}</>}
            under={<><code>…{row.hint}</code>{row.tags.length > 0 && ` · ${row.tags.join(', ')}`}</>}
            facts={[
              { name: 'Provider keys', value: keysOf(row, usable) },
              { name: 'Models', value: modelsOf(row) },
              { name: 'Last used', value: row.lastUsedAt === undefined ? <span class="muted">never</span> : <Moment at={row.lastUsedAt} /> },
              ...(row.budget === undefined ? [{ name: 'Budget', value: <span class="muted">no limit</span> }] : []),
              ...(row.expiresAt === undefined ? [] : [{ name: row.status === 'expired' ? 'Ended' : 'Ends', value: <Moment at={row.expiresAt} /> }]),
            ]}
            below={row.budget && <SpendBar compact budget={row.budget} label={`Spent of ${row.name}`} />}
            actions={<>{act('edit', 'Change')}{act('rotate', 'Rotate')}{row.status === 'disabled' ? act('enable', 'Enable') : act('disable', 'Disable')}
              {act('delete', 'Delete')}</>}
          />
        );
      })}
    </Rows>
  );
}

function keysOf({ keyIds, test }: VirtualKey, { rows, providers }: UsableKeys) {
  if (keyIds.length === 0) return <span class="muted">{test ? 'the sandbox' : 'none: its calls are refused'}</span>;
  const names = keyIds.map((id) => {
    const held = rows.find((row) => row.id === id);
    if (held === undefined) return 'a key that is not usable';
    return held.label === undefined ? vendorOf(providers, held) : `${vendorOf(providers, held)} “${held.label}”`;
  });
  return names.join(', ');
}

const shownModels = 3;

function modelsOf({ limits: { models } }: VirtualKey) {
  if (models.length === 0) return <span class="muted">every one</span>;
  const more = models.length - shownModels;
  return <>{models.slice(0, shownModels).map((model, place) => <>{place > 0 && ', '}<code>{model}</code></>)}{more > 0 && ` and ${more} more`}</>;
}

const states: Readonly<Record<string, { readonly tone: PillTone; readonly word: string; readonly means: string }>> = {
  active: { tone: 'good', word: 'active', means: 'Calls with it go through, within its limits.' },
  disabled: { tone: 'warn', word: 'disabled', means: 'Calls with it are refused until you enable it.' },
  expired: { tone: 'bad', word: 'ended', means: 'Its time is over, and calls with it are refused. Change its end, and it works again.' },
};

function State({ row }: { readonly row: VirtualKey }) {
  if (!row.approved) {
    const meaning = (
      <>
        <p>A management token made it, and it works. Until you confirm it, it gets no new version of a key, and goes when its maker goes.</p>
        <p><a href="/keys/approvals">Look at what waits for you</a></p>
      </>
    );
    return <Pill tone="warn" meaning={meaning}>waits for you</Pill>;
  }
  const state = states[row.status];
  return state === undefined ? <Pill tone="calm">{row.status}</Pill> : <Pill tone={state.tone} meaning={<p>{state.means}</p>}>{state.word}</Pill>;
}

function TestMode() {
  const meaning = <p>It reaches the sandbox and nothing else. Answers are made up, and what they cost counts in no live budget.</p>;
  return <Pill tone="calm" meaning={meaning}>test</Pill>;
}
