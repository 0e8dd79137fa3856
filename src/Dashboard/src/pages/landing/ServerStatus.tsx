import './status.css';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../app/ask';
import { readReadiness, wordsFor, type Readiness } from './readiness';

export function ServerStatus() {
  const [readiness, setReadiness] = useState<Readiness>({ state: 'checking' });
  const [asking, setAsking] = useState(true);
  const running = useRef(false);

  // While a repeated check runs the last answer stays on screen: only the button says that something is under way.
  const check = useCallback(async () => {
    if (running.current) return;
    running.current = true;
    setAsking(true);
    setReadiness(readReadiness(await ask('/readyz')));
    setAsking(false);
    running.current = false;
  }, []);

  useEffect(() => {
    const onVisible = () => { if (document.visibilityState === 'visible') void check(); };
    void check();
    document.addEventListener('visibilitychange', onVisible);
    return () => { document.removeEventListener('visibilitychange', onVisible); };
  }, [check]);

  const { headline, detail } = wordsFor(readiness);
  return (
    <section class="card server-status" aria-labelledby="status-heading" data-state={readiness.state}>
      <h2 id="status-heading" class="small muted">This server</h2>
      <div role="status" class="said">
        <p class="headline"><span class="dot" aria-hidden="true" />{headline}</p>
        <p class="muted detail">{detail}</p>
      </div>
      <button type="button" class="button" aria-disabled={asking} onClick={() => { void check(); }}>
        {asking ? 'Checking' : 'Check again'}
      </button>
    </section>
  );
}
