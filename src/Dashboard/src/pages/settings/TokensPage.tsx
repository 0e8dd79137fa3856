import { useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { Dialog } from '../../parts/Dialog';
import { EmptyState } from '../../parts/EmptyState';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { CreateToken } from './CreateToken';
import { SettingsFrame } from './SettingsFrame';
import { fallsWith, labelOf, listTokens, revokeToken, type TokenRow } from './tokens-api';

type Asking = { readonly what: 'create' } | { readonly what: 'revoke'; readonly row: TokenRow };

export function TokensPage() {
  const { data, trouble, reload } = useLoaded(listTokens);
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const living = data?.filter(({ revoked }) => !revoked) ?? [];
  const revoked = data?.filter((row) => row.revoked) ?? [];
  const close = () => { setAsking(undefined); };
  const create = <button type="button" class="button primary" onClick={() => { setSaid(undefined); setAsking({ what: 'create' }); }}>Make a token</button>;
  const done = (words: string) => { close(); setSaid(words); void reload(); };
  return (
    <SettingsFrame>
      {() => (
        <>
          {living.length > 0 && (
            <div class="content-head">
              <p class="muted lead">For programs: your CI, Terraform, a script on a server. They put keys in and manage them, and never read one back.</p>
              {create}
            </div>
          )}
          {said !== undefined && <Notice kind="good">{said}</Notice>}
          {trouble && <Notice kind="bad"
            action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>}
          {data === undefined && trouble === undefined && <RowsToCome />}
          {data !== undefined && living.length === 0 && <NoTokens create={create} />}
          {living.length > 0 && <TokenRows label="Your management tokens" rows={living}
            all={data ?? []} onRevoke={(row) => { setAsking({ what: 'revoke', row }); }} />}
          {revoked.length > 0 && (
            <details>
              <summary>{revoked.length === 1 ? 'One revoked token' : `${revoked.length} revoked tokens`}</summary>
              <TokenRows label="Revoked tokens" rows={revoked} all={data ?? []} />
            </details>
          )}
          {asking?.what === 'create' && <CreateToken onClose={close} onMade={() => { void reload(); }} />}
          {asking?.what === 'revoke' && (
            <RevokeToken row={asking.row} falling={fallsWith(data ?? [], asking.row.id)}
              onClose={close} onDone={() => { done(`“${asking.row.name}” is revoked.`); }} />
          )}
        </>
      )}
    </SettingsFrame>
  );
}

function NoTokens({ create }: { readonly create: preact.ComponentChildren }) {
  return (
    <EmptyState title="Let a program put keys in" action={create}>
      <p class="muted">
        A management token is for your CI, Terraform, or a script on a server. With one, a program puts provider keys into your vault by a single call,
        and can never read one back. {isManaged() ? 'What it put in is in the vault at once.' : 'What it put in waits for your click.'}
      </p>
    </EmptyState>
  );
}

function TokenRows({ label, rows, all, onRevoke }: {
  readonly label: string; readonly rows: readonly TokenRow[]; readonly all: readonly TokenRow[]; readonly onRevoke?: (row: TokenRow) => void;
}) {
  return (
    <Rows label={label} alone>
      {rows.map((row) => (
        <Row
          key={row.id} title={<>{row.name} <State row={row} /></>} under={row.scopes.map(labelOf).join(' · ')}
          facts={[
            { name: 'Made by', value: row.madeBy === undefined ? 'you' : all.find(({ id }) => id === row.madeBy)?.name ?? 'a token' },
            { name: 'Last used', value: row.lastUsedAt === undefined ? <span class="muted">never</span> : <Moment at={row.lastUsedAt} /> },
            { name: 'Ends', value: row.expiresAt === undefined ? <span class="muted">never</span> : <Moment at={row.expiresAt} /> },
            { name: 'Holds', value: holds(row) },
          ]}
          actions={onRevoke && <button type="button" class="plain danger"
            onClick={() => { onRevoke(row); }}>Revoke<span class="spoken"> {row.name}</span></button>}
        />
      ))}
    </Rows>
  );
}

function holds({ keyIds }: TokenRow) {
  if (keyIds.length === 0) return <span class="muted">no key</span>;
  return keyIds.length === 1 ? 'one key' : `${keyIds.length} keys`;
}

function State({ row }: { readonly row: TokenRow }) {
  if (row.revoked) return <Pill tone="bad">revoked</Pill>;
  if (row.expiresAt !== undefined && Date.parse(row.expiresAt) <= Date.now()) return <Pill tone="bad">ended</Pill>;
  if (row.approved) return <Pill tone="good">active</Pill>;
  return (
    <Pill
      tone="warn"
      meaning={(
        <>
          <p>Another token made it, and it works. Until you confirm it, it gets no new version of a key, and goes when its maker goes.</p>
          <p><a href="/keys/approvals">Look at what waits for you</a></p>
        </>
      )}
    >
      waits for you
    </Pill>
  );
}

function RevokeToken({ row, falling, onClose, onDone }: {
  readonly row: TokenRow; readonly falling: readonly TokenRow[]; readonly onClose: () => void; readonly onDone: () => void;
}) {
  const revoking = useDeed();
  return (
    <Dialog title={`Revoke ${row.name}?`} onClose={onClose}>
      <div class="form">
        <p>Every program that uses it is refused from its next request on. A token that was revoked cannot be brought back.</p>
        {falling.length > 0 && (
          <Notice kind="warn">
            <p>With it goes what it made and you have not confirmed: {falling.map(({ name }) => `“${name}”`).join(', ')}.</p>
          </Notice>
        )}
        <p class="muted">Keys it put in stay: those you approved are in your vault, and the others still wait for you.</p>
        {revoking.trouble && <Notice kind="bad">{revoking.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={revoking.busy}
            onClick={() => { revoking.run(async () => { await revokeToken(row.id); onDone(); }); }}>
            {falling.length === 0 ? 'Revoke it' : `Revoke it and ${falling.length} more`}
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
