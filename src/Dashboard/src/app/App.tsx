import './shell.css';
import { useEffect, useState } from 'preact/hooks';
import { AccountFrame } from './AccountFrame';
import { BareFrame, PublicFrame } from './Frame';
import { signInAddress } from './next';
import { PageOutlet } from './PageOutlet';
import { goTo, startRouter, type Visit } from './router';
import { findRoute, notFound } from './routes';
import { findSession, session } from './session';
import { useStore } from './store';
import { UnlockDialog } from './UnlockDialog';

export function App() {
  const [visit, setVisit] = useState<Visit>();
  useEffect(() => {
    void findSession();
    return startRouter((pathname) => findRoute(pathname) !== undefined, setVisit);
  }, []);
  return (
    <>
      <a class="skip-link" href="#content">Skip to content</a>
      {visit === undefined ? <main id="content" tabIndex={-1} /> : <Framed visit={visit} />}
    </>
  );
}

function Framed({ visit }: { readonly visit: Visit }) {
  const { frame } = findRoute(visit.pathname) ?? notFound;
  const who = useStore(session);
  const sendAway = frame === 'account' && who.state === 'nobody';
  useEffect(() => {
    // Who signed out has been sent on already, and need not come back here.
    if (sendAway && location.pathname === visit.pathname) goTo(signInAddress(visit.pathname + location.search), true);
  }, [sendAway, visit]);

  if (frame === 'account') return sendAway ? <main id="content" tabIndex={-1} /> : <AccountFrame visit={visit} />;
  const Frame = frame === 'public' ? PublicFrame : BareFrame;
  return (
    <>
      <Frame pathname={visit.pathname}><PageOutlet visit={visit} /></Frame>
      {frame === 'consent' && who.state === 'signed-in' && <UnlockDialog account={who.account} />}
    </>
  );
}
