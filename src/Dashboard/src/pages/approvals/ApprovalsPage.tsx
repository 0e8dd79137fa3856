import './approvals.css';
import { useState } from 'preact/hooks';
import { useLoaded } from '../../app/useLoaded';
import { EmptyState } from '../../parts/EmptyState';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { nameOf, vendorOf } from '../keys/names';
import { readDesk, type Approval, type Desk, type MadeGrant } from './approvals-api';
import { Reject } from './Reject';
import { ReviewDeposit } from './ReviewDeposit';
import { ReviewGrant } from './ReviewGrant';

interface Asking {
  readonly what: 'look' | 'reject';
  readonly approval: Approval;
}

export function ApprovalsPage() {
  const { data, trouble, reload } = useLoaded(readDesk);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(undefined); };
  const done = (words: string) => { close(); setSaid(words); void reload(); };
  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Waiting for you</h1>
          <p class="muted">What programs did with a management token. It counts as yours once you have looked at it.</p>
        </div>
        <a class="button" href="/keys">Back to the keys</a>
      </div>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {trouble && <Notice kind="bad"
        action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>}
      {data === undefined && trouble === undefined && <RowsToCome />}
      {data?.approvals.length === 0 && (
        <EmptyState title="Nothing waits" action={<a class="button" href="/settings/tokens">Management tokens</a>}>
          <p class="muted">
            When a program puts a provider key in, or makes a narrower token with one it was given, it shows here until you approve or
            reject it.
          </p>
        </EmptyState>
      )}
      {data !== undefined && data.approvals.length > 0 && (
        <Rows label="What waits for you" alone>
          {data.approvals.map((approval) => (
            <Row
              key={approval.id} title={<>{titleOf(data, approval)} {approval.broken && <Broken />}</>}
              under={approval.kind === 'deposit' ? 'A provider key that was put in' : 'A token made it; it works already'}
              facts={[
                { name: 'By', value: approval.from === undefined ? <span class="muted">not known</span> : `token “${approval.from}”` },
                { name: 'Since', value: <Moment at={approval.createdAt} /> },
                ...(approval.kind === 'grant' ? [{ name: 'Holds', value: keysOf(data, approval) }] : []),
              ]}
              actions={(
                <>
                  {!approval.broken && (
                    <button type="button" class="plain" onClick={() => { setSaid(undefined); setAsking({ what: 'look', approval }); }}>
                      Review<span class="spoken"> {titleOf(data, approval)}</span>
                    </button>
                  )}
                  <button type="button" class="plain danger" onClick={() => { setSaid(undefined); setAsking({ what: 'reject', approval }); }}>
                    Reject<span class="spoken"> {titleOf(data, approval)}</span>
                  </button>
                </>
              )}
            />
          ))}
        </Rows>
      )}
      {asking !== undefined && data !== undefined && <Question asking={asking} desk={data} onClose={close} onDone={done} />}
    </div>
  );
}

function Question({ asking: { what, approval }, desk, onClose, onDone }: {
  readonly asking: Asking; readonly desk: Desk; readonly onClose: () => void; readonly onDone: (words: string) => void;
}) {
  const title = titleOf(desk, approval);
  if (what === 'reject') return <Reject approval={approval} title={title} onClose={onClose} onDone={() => { onDone(`${title} is rejected.`); }} />;
  return approval.kind === 'deposit'
    ? <ReviewDeposit deposit={approval} title={title} desk={desk} onClose={onClose} onDone={() => { onDone(`${title} is a key of your vault now.`); }} />
    : <ReviewGrant grant={approval} held={keysOf(desk, approval)} desk={desk} onClose={onClose} onDone={() => { onDone(`${title} is confirmed.`); }} />;
}

function titleOf({ providers, tokenIds }: Desk, approval: Approval): string {
  if (approval.kind === 'grant') return `${tokenIds.has(approval.id) ? 'Token' : 'Virtual key'} “${approval.request.label}”`;
  const vendor = vendorOf(providers, approval.item);
  return approval.label === undefined ? vendor : `${vendor} “${approval.label}”`;
}

function keysOf({ rows, providers }: Desk, { held }: MadeGrant): string {
  const names = held.map(({ keyId }) => rows.find(({ id }) => id === keyId))
    .map((row) => (row === undefined ? 'a key that is gone' : nameOf(vendorOf(providers, row), row)));
  return names.length === 0 ? 'no key' : names.join(', ');
}

function Broken() {
  const meaning = (
    <p>
      The row does not match its seal: somebody altered it, or a disk did. Nothing opens it. Reject it, and have the program do it again.
    </p>
  );
  return <Pill tone="bad" meaning={meaning}>broken</Pill>;
}
