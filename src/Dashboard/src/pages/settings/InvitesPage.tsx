import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { usePages } from '../../app/usePages';
import { Dialog } from '../../parts/Dialog';
import { EmptyState } from '../../parts/EmptyState';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill, type PillTone } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { CreateInvite } from './CreateInvite';
import { readInvite, readRegistration, revokeInvite, type Invite, type Registration } from './invites-api';
import { SettingsFrame } from './SettingsFrame';

export function InvitesPage() {
  return (
    <SettingsFrame>
      {({ operator }) => (operator ? <Invites /> : (
        <Notice kind="calm" action={<a class="button" href="/settings">Your account</a>}>
          <p><b>Invites are made by whoever runs this server.</b> Your account does not have that role.</p>
        </Notice>
      ))}
    </SettingsFrame>
  );
}

type Asking = { readonly what: 'create' } | { readonly what: 'revoke'; readonly row: Invite };

function Invites() {
  const { rows, more, trouble, busy, readOn, reload } = usePages('/v1/invites', 50, readInvite);
  const registration = useLoaded(readRegistration).data;
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(undefined); };
  const create = <button type="button" class="button primary" onClick={() => { setSaid(undefined); setAsking({ what: 'create' }); }}>Make an invite</button>;
  return (
    <>
      {rows !== undefined && rows.length > 0 && (
        <div class="content-head">
          <p class="muted lead">Each lets one person make an account on this server, once.</p>
          {create}
        </div>
      )}
      {registration !== undefined && registration.mode !== 'invite' && <NotNeeded mode={registration.mode} />}
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {trouble && <Notice kind="bad" action={<button type="button" class="button" onClick={readOn}>Try again</button>}>{trouble.message}</Notice>}
      {rows === undefined && trouble === undefined && <RowsToCome />}
      {rows?.length === 0 && (
        <EmptyState title="Let somebody in" action={create}>
          <p class="muted">
            An invite is a link that lets one person make an account here. You send it, or this server mails it. What that person keeps in a sealed
            vault you cannot read.
          </p>
        </EmptyState>
      )}
      {rows !== undefined && rows.length > 0 && (
        <Rows label="Invites" alone>
          {rows.map((row) => <InviteRow key={row.id} row={row} onRevoke={() => { setSaid(undefined); setAsking({ what: 'revoke', row }); }} />)}
        </Rows>
      )}
      {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show older invites</button></div>}
      {asking?.what === 'create' && <CreateInvite mails={registration?.mail === true} onMade={reload} onClose={close} />}
      {asking?.what === 'revoke' && <RevokeInvite row={asking.row} onClose={close}
        onDone={() => { close(); setSaid('The invite is revoked: its link lets nobody in.'); reload(); }} />}
    </>
  );
}

function NotNeeded({ mode }: { readonly mode: Registration['mode'] }) {
  return (
    <Notice kind="calm">
      {mode === 'open'
        ? <p>Everybody may sign up here at the moment, with or without an invite. <code>KeyPass__Registration=invite</code> changes that.</p>
        : <p>Nobody may sign up here at the moment, not even with an invite. <code>KeyPass__Registration=invite</code> changes that.</p>}
    </Notice>
  );
}

const states: Readonly<Record<string, { readonly tone: PillTone; readonly word: string }>> = {
  open: { tone: 'good', word: 'open' }, used: { tone: 'calm', word: 'used' }, expired: { tone: 'warn', word: 'ended' },
};

const whose = ({ email }: Invite): string => email ?? 'Whoever has the link';

function InviteRow({ row, onRevoke }: { readonly row: Invite; readonly onRevoke: () => void }) {
  const { tone, word } = states[row.status] ?? { tone: 'calm', word: row.status };
  return (
    <Row
      title={<>{whose(row)} <Pill tone={tone}>{word}</Pill></>}
      facts={[
        { name: 'Made', value: <Moment at={row.createdAt} /> },
        row.usedAt === undefined ? { name: 'Ends', value: <Moment at={row.expiresAt} /> } : { name: 'Used', value: <Moment at={row.usedAt} /> },
      ]}
      actions={row.status === 'open' && (
        <button type="button" class="plain danger" onClick={onRevoke}>Revoke<span class="spoken"> the invite for {whose(row)}</span></button>
      )}
    />
  );
}

function RevokeInvite({ row, onClose, onDone }: { readonly row: Invite; readonly onClose: () => void; readonly onDone: () => void }) {
  const revoking = useDeed();
  return (
    <Dialog title="Revoke this invite?" onClose={onClose}>
      <div class="form">
        <p>Its link lets nobody in from then on{row.email === undefined ? '' : `, ${row.email} neither`}. You can make another at any time.</p>
        {revoking.trouble && <Notice kind="bad">{revoking.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={revoking.busy}
            onClick={() => { revoking.run(async () => { await revokeInvite(row.id); onDone(); }); }}>
            Revoke it
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
