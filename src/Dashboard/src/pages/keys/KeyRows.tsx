import { rowId } from '../../app/usePointed';
import { SpendBar } from '../../budgets/SpendBar';
import { Custody } from '../../parts/Custody';
import { Moment } from '../../parts/Moment';
import { Pill } from '../../parts/Pill';
import { Row, Rows } from '../../parts/Rows';
import type { KeyRow, LastTest } from './keys-api';
import type { KeysShown } from './keys-shown';
import { nameOf, vendorOf } from './names';
import { providerOf, type Provider } from './providers';

export type RowDeed = 'test' | 'rotate' | 'limit' | 'rename' | 'delete';

/** Of those under way, which key is being tested. */
export function KeyRows({ shown, testing, marked, onAsk }: {
  readonly shown: KeysShown; readonly testing: string | undefined; readonly marked: string | undefined;
  readonly onAsk: (what: RowDeed, row: KeyRow) => void;
}) {
  return (
    <Rows label="Your provider keys" alone>
      {shown.rows.map((row) => {
        const vendor = vendorOf(shown.providers, row);
        const act = (what: RowDeed, label: string) => (
          <button
            type="button" class={what === 'delete' ? 'plain danger' : 'plain'} aria-disabled={what === 'test' && testing !== undefined}
            onClick={() => { onAsk(what, row); }}
          >
            {label}<span class="spoken"> {nameOf(vendor, row)}</span>
          </button>
        );
        const usable = row.status === 'active' && !row.broken;
        return (
          <Row
            key={row.id} id={rowId(row.id)} marked={row.id === marked}
            title={<>{vendor} {row.label !== undefined && <span class="muted label">{row.label}</span>}</>}
            under={whereTo(shown.providers, row)}
            facts={[
              { name: 'Custody', value: <State row={row} /> },
              {
                name: row.rotatedAt === undefined ? 'Added' : 'Rotated',
                value: <><Moment at={row.rotatedAt ?? row.createdAt} /> <Behind names={shown.behind.get(row.id) ?? []} /></>,
              },
              {
                name: 'Last test',
                value: testing === row.id ? <span class="muted">asking {vendor} …</span> : <Tested outcome={row.lastTest} vendor={vendor} />,
              },
              ...(row.budget === undefined ? [{ name: 'Budget', value: <span class="muted">no limit</span> }] : []),
            ]}
            below={row.budget && <SpendBar compact budget={row.budget} label={`Spent with ${nameOf(vendor, row)}`} />}
            actions={<>{usable && act('test', 'Test')}{usable && act('rotate', 'Rotate')}{act('limit', 'Limit')}
              {act('rename', 'Rename')}{act('delete', 'Delete')}</>}
          />
        );
      })}
    </Rows>
  );
}

function State({ row }: { readonly row: KeyRow }) {
  if (row.broken) {
    const meaning = <p>The row does not match its seal: somebody altered it, or a disk did. Nothing opens it. Delete it and add the key again.</p>;
    return <Pill tone="bad" meaning={meaning}>broken</Pill>;
  }
  if (row.status !== 'deposited') return <Custody custody={row.custody} />;
  return (
    <Pill tone="warn" meaning={<><p>A program put this key here with a management token. It is used once you approve it.</p><p><a
      href="/keys/approvals">Look at what waits for you</a></p></>}>
      waits for you
    </Pill>
  );
}

/** Who was left on the old version, and by name: revoking the old key at the vendor stops them. */
function Behind({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <Pill
      tone="warn"
      meaning={(
        <>
          <p>Still on the old version of this key: {names.join(', ')}. Your vault does not vouch for them, so nothing could be sealed for them.</p>
          <p><a href="/keys/approvals">Confirm them</a>, or they stop when you revoke the old key at the vendor.</p>
        </>
      )}
    >
      {`${names.length} on the old key`}
    </Pill>
  );
}

/** The vendor's answer in few words; what it means is one click away. */
const answers: Readonly<Record<string, { readonly short: string; readonly means: (vendor: string) => string }>> = {
  ok: { short: 'works', means: (vendor) => `${vendor} took this key.` },
  invalid: {
    short: 'not known',
    means: (vendor) => `${vendor} does not know this key: it was deleted there, or was not copied whole. Rotate it to a new one.`,
  },
  no_credit: { short: 'no credit', means: (vendor) => `${vendor} knows this key, and its account has no credit.` },
  no_permission: { short: 'may not list', means: (vendor) => `${vendor} knows this key, and it may not list models. Calls may still work.` },
  rate_limited: { short: 'at its limit', means: (vendor) => `${vendor} knows this key, and its limit was reached.` },
  unreachable: { short: 'no answer', means: (vendor) => `${vendor} did not answer. That says nothing about the key.` },
  not_testable: { short: 'not testable', means: (vendor) => `${vendor} has no call that only asks. The key itself was not tried.` },
};

function Tested({ outcome, vendor }: { readonly outcome: LastTest | undefined; readonly vendor: string }) {
  if (outcome === undefined) return <span class="muted">not tested</span>;
  const answer = answers[outcome.status];
  const tone = outcome.ok ? 'good' : outcome.status === 'invalid' || outcome.status === 'no_credit' ? 'bad' : 'calm';
  return (
    <Pill tone={tone} meaning={<><p>{answer?.means(vendor) ?? outcome.status}</p><p class="muted">Tested: <Moment at={outcome.at} /></p></>}>
      {answer?.short ?? outcome.status}
    </Pill>
  );
}

/** Said where the owner chose it: a vendor with one address has no other. */
function whereTo(providers: readonly Provider[], row: KeyRow): string | undefined {
  if (row.provider.startsWith('custom:')) return `${new URL(row.origin).host}${row.provider.slice('custom:'.length)}`;
  return providerOf(providers, row.provider)?.origin === undefined ? new URL(row.origin).host : undefined;
}
