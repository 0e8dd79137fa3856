import { Custody } from '../../parts/Custody';
import { Moment } from '../../parts/Moment';
import { Pill, type PillTone } from '../../parts/Pill';
import { Row, Rows } from '../../parts/Rows';
import type { KeyRow, TestOutcome } from './keys-api';
import { nameOf, vendorOf, whereTo } from './names';
import type { Provider } from './providers';

export type Asking = { readonly what: 'add' } | { readonly what: 'rename' | 'rotate' | 'delete'; readonly row: KeyRow };

interface KeyRowsProps {
  readonly rows: readonly KeyRow[];
  readonly providers: readonly Provider[];
  readonly onAsk: (asking: Asking) => void;
  readonly onTest: (row: KeyRow) => void;
}

export function KeyRows({ rows, providers, onAsk, onTest }: KeyRowsProps) {
  return (
    <Rows label="Your provider keys">
      {rows.map((row) => {
        const vendor = vendorOf(providers, row);
        const act = (label: string, onClick: () => void, danger = false) => (
          <button type="button" class={danger ? 'plain danger' : 'plain'} onClick={onClick}>
            {label}<span class="spoken"> {nameOf(vendor, row)}</span>
          </button>
        );
        const usable = row.status === 'active' && !row.broken;
        return (
          <Row
            key={row.id}
            title={<>{vendor} {row.label !== undefined && <span class="muted label">{row.label}</span>}</>}
            under={whereTo(providers, row)}
            facts={[
              { name: 'Custody', value: row.broken ? <Damaged /> : row.status === 'deposited' ? <Waiting /> : <Custody custody={row.custody} /> },
              { name: row.rotatedAt === undefined ? 'Added' : 'Rotated', value: <Moment at={row.rotatedAt ?? row.createdAt} /> },
              { name: 'Last test', value: <LastTest outcome={row.lastTest} /> },
            ]}
            actions={(
              <>
                {usable && act('Test', () => { onTest(row); })}
                {usable && act('Rotate', () => { onAsk({ what: 'rotate', row }); })}
                {act('Rename', () => { onAsk({ what: 'rename', row }); })}
                {act('Delete', () => { onAsk({ what: 'delete', row }); }, true)}
              </>
            )}
          />
        );
      })}
    </Rows>
  );
}

function Waiting() {
  return <Pill tone="warn" meaning={<p>A program put this key here with a management token. It is used once you approve it.</p>}>waits for you</Pill>;
}

function Damaged() {
  return (
    <Pill
      tone="bad"
      meaning={(
        <p>
          What the database has does not match its seal: somebody changed it there, and nothing opens it. Delete it, add the key again, and tell
          whoever runs this server.
        </p>
      )}
    >
      damaged
    </Pill>
  );
}

interface TestWords {
  readonly tone: PillTone;
  readonly word: string;
  readonly meaning: string;
}

/** By the status that the server's test gives. */
const testWords: Readonly<Record<string, TestWords>> = {
  ok: { tone: 'good', word: 'works', meaning: 'The vendor takes this key.' },
  invalid: { tone: 'bad', word: 'refused', meaning: 'The vendor does not know this key: it was deleted there, or was not copied whole.' },
  no_credit: { tone: 'warn', word: 'no credit', meaning: 'The vendor knows this key, and its account has no credit. Top it up there.' },
  no_permission: { tone: 'warn', word: 'limited', meaning: 'The vendor knows this key, and it may not list models. Calls may still work.' },
  rate_limited: { tone: 'warn', word: 'busy', meaning: 'The vendor knows this key, and its limit was reached at that moment.' },
  not_testable: { tone: 'calm', word: 'not tried', meaning: 'This vendor has no call that only asks: the form of the key was checked, the key was not tried.' },
};
const unclear: TestWords = { tone: 'calm', word: 'unclear', meaning: 'The vendor did not answer, or not as itself. That says nothing about the key.' };

function LastTest({ outcome }: { readonly outcome: TestOutcome | undefined }) {
  if (outcome === undefined) return <span class="muted">not tested</span>;
  const { tone, word, meaning } = testWords[outcome.status] ?? unclear;
  return <Pill tone={tone} meaning={<><p>{meaning}</p><p class="muted">Tested: <Moment at={outcome.at} /></p></>}>{word}</Pill>;
}
