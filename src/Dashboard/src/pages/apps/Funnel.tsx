import { useCallback } from 'preact/hooks';
import { useLoaded } from '../../app/useLoaded';
import { Notice } from '../../parts/Notice';
import { exitWords, getFunnel, shareOf, stepWords, type ConnectionCount } from './funnel-api';

/** How far people came whom the app asked, and what it has of them. */
export function Funnel({ appId }: { readonly appId: string }) {
  const load = useCallback(() => getFunnel(appId), [appId]);
  const { data, trouble, reload } = useLoaded(load);
  const retry = <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  if (trouble) return <Notice kind="bad" action={retry}>{trouble.message}</Notice>;
  if (data === undefined) return <div class="funnel to-come" role="status" aria-label="Loading" />;
  const asked = data.steps[0]?.sessions ?? 0;
  return (
    <>
      <Connections count={data.connections} />
      {asked === 0
        ? <p class="muted">Nobody was asked in the last {data.days} days. What people do when your app asks them is counted here.</p>
        : (
          <ol class="funnel" aria-label={`How far people came in the last ${data.days} days`}>
            {data.steps.map(({ name, sessions }) => (
              <li>
                <span>{stepWords(name)}</span>
                <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width={shareOf(sessions, asked)} height="1" /></svg>
                <span class="count"><b>{sessions.toLocaleString()}</b> <span class="small muted">{Math.round(shareOf(sessions, asked))} %</span></span>
              </li>
            ))}
          </ol>
        )}
      {data.exits.length > 0 && (
        <div>
          <h3 class="legend">Where the others left</h3>
          <ul class="exits small">
            {data.exits.map(({ outcome, lastStep, sessions }) => <li><b>{sessions.toLocaleString()}</b> {exitWords(outcome, lastStep)}</li>)}
          </ul>
        </div>
      )}
    </>
  );
}

function Connections({ count: { active, paused, expired, revoked } }: { readonly count: ConnectionCount }) {
  const others = [[paused, 'paused'], [expired, 'expired'], [revoked, 'ended']] as const;
  const words = others.filter(([count]) => count > 0).map(([count, word]) => `${count.toLocaleString()} ${word}`);
  return (
    <p class="connected">
      <b>{active.toLocaleString()}</b> {active === 1 ? 'connection' : 'connections'} that may call now
      {words.length > 0 && <span class="muted"> · {words.join(' · ')}</span>}
    </p>
  );
}
