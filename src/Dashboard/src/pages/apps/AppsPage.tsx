import './apps.css';
import { useState } from 'preact/hooks';
import { goTo } from '../../app/router';
import { useLoaded } from '../../app/useLoaded';
import { EmptyState } from '../../parts/EmptyState';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { AppLogo } from './AppLogo';
import { AppPills } from './AppPills';
import { listCountedApps, type App, type AppCounts, type CountedApp } from './apps-api';
import { RegisterApp } from './RegisterApp';

export function AppsPage() {
  const { data, trouble, reload } = useLoaded(listCountedApps);
  const [registering, setRegistering] = useState(false);
  const register = <button type="button" class="button primary" onClick={() => { setRegistering(true); }}>Register an app</button>;
  const retry = <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  const some = data !== undefined && data.length > 0;
  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Apps</h1>
          {some && <p class="muted">What you develop: people let it call with their own AI keys, for as much as they allow.</p>}
        </div>
        {some && register}
      </div>
      {trouble && <Notice kind="bad" action={retry}>{trouble.message}</Notice>}
      {data === undefined && trouble === undefined && <RowsToCome />}
      {data?.length === 0 && <NoApps register={register} />}
      {some && <AppRows rows={data} />}
      {registering && <RegisterApp onClose={() => { setRegistering(false); }} onMade={(id) => { goTo(`/apps/${id}`); }} />}
    </div>
  );
}

function AppRows({ rows }: { readonly rows: readonly CountedApp[] }) {
  return (
    <Rows label="Your apps" alone>
      {rows.map((app) => (
        <Row
          key={app.id}
          title={<><AppLogo name={app.name} logo={app.logo} /><a href={`/apps/${app.id}`}>{app.name}</a> <AppPills app={app} /></>}
          under={app.domain ?? app.homepage ?? 'no homepage'}
          facts={[
            { name: 'Connections', value: app.counts.connections === 0 ? <span class="muted">none</span> : app.counts.connections },
            { name: 'Asked in 30 days', value: <Asked counts={app.counts} /> },
            { name: 'Last seen', value: <LastSeen app={app} /> },
            { name: 'Registered', value: <Moment at={app.createdAt} /> },
          ]}
        />
      ))}
    </Rows>
  );
}

/** Of whom it asked, how many looked and how many said yes. */
function Asked({ counts: { asked, opened, approved } }: { readonly counts: AppCounts }) {
  if (asked === 0) return <span class="muted">nobody</span>;
  return <>{asked} <span class="muted">· {opened}&nbsp;opened · {approved}&nbsp;approved</span></>;
}

/** When its server last proved itself. */
function LastSeen({ app: { secrets } }: { readonly app: App }) {
  const last = secrets.flatMap(({ lastUsedAt }) => lastUsedAt ?? []).sort().at(-1);
  return last === undefined ? <span class="muted">never</span> : <Moment at={last} />;
}

function NoApps({ register }: { readonly register: preact.ComponentChildren }) {
  return (
    <EmptyState title="Let people bring their own AI keys to your app" action={<>{register}<a class="button" href="/docs/api#group-link">Read the API</a></>}>
      <p class="muted">
        An app is a program of yours that other people connect to their vaults. It asks for an amount; they choose the key, the limit and the end, in a
        window of KeyPass. Your server gets an access token and never sees a key, and you pay no vendor.
      </p>
      <ol class="muted">
        <li>Register it here: you get a client id and a client secret.</li>
        <li>Copy the few lines for your server and your page, which are ready on its own page.</li>
        <li>Try the whole flow in test mode, without anybody’s money.</li>
      </ol>
    </EmptyState>
  );
}
