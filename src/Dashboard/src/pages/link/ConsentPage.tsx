import './link.css';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { withNext } from '../../app/next';
import { session } from '../../app/session';
import { useStore } from '../../app/store';
import { useLoaded } from '../../app/useLoaded';
import { Notice } from '../../parts/Notice';
import { Entrance } from '../entrance/Entrance';
import { readUsableKeys } from '../keys/usable-keys';
import { readConsent, type Consent } from './consent-api';
import { ConsentForm } from './ConsentForm';
import { ResumeForm } from './ResumeForm';
import { returnTo } from './return-to';

/** An app asks; the person sees who, what, how much and until when, and says yes to so much of it, or no. */
export function ConsentPage() {
  // Only there: neither the address that servers see nor any storage has it. Behind it the frame in the app's page tells a window that it is one.
  const [[linkToken = '', place]] = useState(() => location.hash.slice(1).split('&'));
  const who = useStore(session);
  if (!linkToken.startsWith('kp_lt_')) {
    return <Entrance title="This address is not whole" lead={<p>Go back to the app and begin again there: its link brings the rest.</p>}><span /></Entrance>;
  }
  if (who.state === 'asking') return null;
  if (who.state !== 'signed-in') return <WhoAreYou />;
  return <Asked linkToken={linkToken} inWindow={place === 'window'} />;
}

/** Both ways come back here, by the address and its fragment. */
function WhoAreYou() {
  const here = { search: `?next=${encodeURIComponent(location.pathname)}`, hash: location.hash };
  return (
    <Entrance
      title="An app asks to use your AI keys"
      lead={<p>Sign in to see who asks and what for. Nothing is given before you say so.</p>}
      after={<p>The app never sees your password, nor any of your keys.</p>}
    >
      <div class="actions">
        <a class="button primary" href={withNext('/sign-in', here)}>Sign in</a>
        <a class="button" href={withNext('/sign-up', here)}>Make an account</a>
      </div>
    </Entrance>
  );
}

type Outcome = 'approved' | 'denied';

function Asked({ linkToken, inWindow }: { readonly linkToken: string; readonly inWindow: boolean }) {
  const load = useCallback(async () => ({ consent: await readConsent(linkToken), usable: await readUsableKeys() }), [linkToken]);
  const { data, trouble, reload } = useLoaded(load);
  const [outcome, setOutcome] = useState<Outcome>();

  if (outcome !== undefined && data !== undefined) return <Over consent={data.consent} outcome={outcome} inWindow={inWindow} />;
  if (trouble !== undefined) {
    const over = trouble.code === 'link_over' || trouble.code === 'not_found';
    return (
      <Entrance title={over ? 'This request is over' : 'Not loaded'}>
        <Notice kind={over ? 'calm' : 'bad'} action={!over && <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>
          {over ? 'It was decided already, or has run out. Go back to the app and begin again there.' : trouble.message}
        </Notice>
      </Entrance>
    );
  }
  if (data === undefined) return <Entrance title="An app asks to use your AI keys"><p class="muted" role="status">Reading what it asks …</p></Entrance>;
  const end = (next: Outcome) => {
    setOutcome(next);
    // A window's app waits where it is: there a second page of it would ask for the same again.
    if (!inWindow && data.consent.redirectUri !== undefined) returnTo(data.consent.redirectUri, data.consent.linkSessionId, next);
  };
  const approved = () => { end('approved'); };
  if (data.consent.waitingGrantId !== undefined) return <ResumeForm linkToken={linkToken} consent={data.consent} onResumed={approved} />;
  return (
    <ConsentForm
      linkToken={linkToken} {...data} onStale={reload}
      onApproved={approved} onDenied={() => { end('denied'); }}
    />
  );
}

/** Long enough to read that it is done. */
const closesAfterMs = 3000;

function Over({ consent: { app, isUpdate }, outcome, inWindow }: { readonly consent: Consent; readonly outcome: Outcome; readonly inWindow: boolean }) {
  useEffect(() => {
    if (!inWindow) return undefined;
    const timer = setTimeout(() => { window.close(); }, closesAfterMs);
    return () => { clearTimeout(timer); };
  }, [inWindow]);
  const words = outcome === 'denied'
    ? `${app.name} gets nothing.`
    : isUpdate ? `${app.name} goes on with what you agreed to.` : `${app.name} is connected. You can change or end that at any time, under Connections.`;
  return (
    <Entrance title={outcome === 'approved' ? 'Done' : 'Not connected'} lead={<p>{words}</p>}>
      <p role="status">{inWindow ? 'This window closes by itself.' : 'You can close this page.'}</p>
    </Entrance>
  );
}
