import '../logs/logs.css';
import '../usage/usage.css';
import './operator.css';
import { theAccount } from '../../app/session';
import { useLoaded } from '../../app/useLoaded';
import { dollars } from '../../budgets/money';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { RowsToCome } from '../../parts/Rows';
import { NotFoundPage } from '../not-found/NotFoundPage';
import { SettingsFrame } from '../settings/SettingsFrame';
import { concernsOf } from './concerns';
import { readSummary, type Epoch, type Summary } from './operator-api';
import { Prices } from './Prices';

/** For whoever runs this server: whether it is well, how much there is of everything, and what models cost. */
export function OperatorPage() {
  // To anybody else it is a page that does not exist.
  return theAccount()?.operator === true ? <SettingsFrame>{() => <Operator />}</SettingsFrame> : <NotFoundPage />;
}

function Operator() {
  const { data: summary, trouble, reload } = useLoaded(readSummary);
  const retry = <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  return (
    <>
      {trouble && <Notice kind="bad" action={retry}>{trouble.message}</Notice>}
      {summary === undefined && trouble === undefined && <RowsToCome count={3} />}
      {summary && <Shown summary={summary} />}
      <Prices onChange={() => { void reload(); }} />
    </>
  );
}

function Shown({ summary }: { readonly summary: Summary }) {
  const concerns = concernsOf(summary);
  return (
    <>
      {concerns.length === 0 && <Notice kind="good"><p><b>All is well.</b> The database answers, and every budget is accounted for.</p></Notice>}
      {concerns.map(({ kind, what, mend }) => <Notice kind={kind} key={what}><p><b>{what}</b> {mend}</p></Notice>)}
      <dl class="figures">
        <Figure name="Accounts" value={summary.accounts} note={`${summary.newAccounts.toLocaleString()} new in 30 days`} />
        <Figure name="Virtual keys" value={summary.virtualKeys} />
        <Figure name="Apps" value={summary.apps} />
        <Figure name="Connections" value={summary.connections} />
      </dl>
      <p class="muted">
        {openInvites(summary.openInvites)} <a href="/settings/invites">Invite somebody, or take one back</a>
      </p>
      <section aria-labelledby="health">
        <h2 id="health">Health</h2>
        <dl class="facts card">
          <Fact name="Version">{summary.version}</Fact>
          <Fact name="Database">{summary.database}</Fact>
          <Fact name="Migrated to"><code>{summary.migration}</code></Fact>
          <Fact name="Servers heard">{summary.servers.toLocaleString()}{summary.lostServers > 0 && `, ${summary.lostServers.toLocaleString()} lost`}</Fact>
          <Fact name="Calls open on this server">{summary.openCalls.toLocaleString()}, running or not in the database yet</Fact>
          <Fact name="Leased of budgets">{dollars(summary.leased)} in {summary.leases.toLocaleString()} leases</Fact>
          <Fact name="Counted without a receipt">{dollars(summary.unaccounted)}</Fact>
          <Fact name="Bounds passed since the start">{summary.boundViolations.toLocaleString()}; there must be none</Fact>
          <Fact name="Letters waiting">{summary.letters.toLocaleString()}</Fact>
          {summary.ring.map((epoch) => <RingEpoch epoch={epoch} key={epoch.epoch} />)}
        </dl>
        <p class="small muted">More, for a collector: <code>/metrics</code> on the server’s own machine. <a href="/docs/deploy">Self-hosting</a></p>
      </section>
    </>
  );
}

function openInvites(count: number): string {
  if (count === 0) return 'No invite is open.';
  return count === 1 ? 'One invite is open.' : `${count.toLocaleString()} invites are open.`;
}

function Figure({ name, value, note }: { readonly name: string; readonly value: number; readonly note?: string }) {
  return (
    <div class="card">
      <dt class="small muted">{name}</dt><dd>{value.toLocaleString()}</dd>{note !== undefined && <dd class="small muted">{note}</dd>}
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return <div><dt class="small muted">{name}</dt><dd>{children}</dd></div>;
}

const states: Readonly<Record<string, string>> = { active: 'wraps and opens', decrypt: 'only opens', destroyed: 'destroyed' };

function RingEpoch({ epoch: { epoch, state, createdAt, servers } }: { readonly epoch: Epoch }) {
  return (
    <Fact name={`Ring, epoch ${epoch}`}>
      <Pill tone={state === 'active' ? 'good' : 'calm'}>{states[state] ?? state}</Pill>
      {' '}on {servers === 1 ? 'one server' : `${servers.toLocaleString()} servers`}, made <Moment at={createdAt} />
    </Fact>
  );
}
