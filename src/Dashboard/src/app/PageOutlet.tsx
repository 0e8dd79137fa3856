import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { findRoute, notFound } from './routes';
import type { Visit } from './router';

/** The page on screen. It stays until the next one has arrived, so that a click never blanks the window. */
interface Shown {
  readonly visit: Visit;
  readonly Page: ComponentType;
}

export function PageOutlet({ visit }: { readonly visit: Visit }) {
  const [shown, setShown] = useState<Shown>();
  const [failed, setFailed] = useState(false);
  const before = useRef<string>(undefined);

  useEffect(() => {
    let superseded = false;
    setFailed(false);
    (findRoute(visit.pathname) ?? notFound).load().then(
      (Page) => { if (!superseded) setShown({ visit, Page }); },
      () => { if (!superseded) setFailed(true); },
    );
    return () => { superseded = true; };
  }, [visit]);

  useLayoutEffect(() => {
    if (shown === undefined) return;
    document.title = (findRoute(shown.visit.pathname) ?? notFound).title;
    settle(shown.visit, before.current !== shown.visit.pathname);
    before.current = shown.visit.pathname;
  }, [shown]);

  if (failed) return <PageFailed />;
  return shown && <shown.Page />;
}

/** Puts focus and scroll where someone who followed a link, or went back, expects them. */
function settle(visit: Visit, pageChanged: boolean): void {
  const target = visit.by === 'history' || visit.hash === '' ? null : document.getElementById(visit.hash.slice(1));
  if (pageChanged && visit.by !== 'load') {
    const start = target ?? document.querySelector<HTMLElement>('main h1');
    start?.setAttribute('tabindex', '-1');
    start?.focus({ preventScroll: true });
  }
  if (visit.scrollY !== undefined) scrollBackTo(visit.scrollY);
  else if (target !== null) target.scrollIntoView();
  else if (visit.by === 'link') scrollTo(0, 0);
}

/** How long a page may take to fetch what makes it as long as it was. */
const growthMs = 3000;

/** A page that still fetches its content is too short at first: goes as far as it can, and on as it grows, unless the reader moves. */
function scrollBackTo(top: number): void {
  scrollTo(0, top);
  if (scrollY >= top - 1) return;
  const stop = new AbortController();
  const growth = new ResizeObserver(() => {
    scrollTo(0, top);
    if (scrollY >= top - 1) stop.abort();
  });
  stop.signal.addEventListener('abort', () => { growth.disconnect(); });
  for (const move of ['wheel', 'touchmove', 'keydown', 'pointerdown', 'popstate'] as const) {
    addEventListener(move, () => { stop.abort(); }, { signal: stop.signal, passive: true });
  }
  setTimeout(() => { stop.abort(); }, growthMs);
  growth.observe(document.body);
}

/** After an upgrade of the server the files this tab knows by name are gone; a reload fetches the new names. */
function PageFailed() {
  return (
    <div class="page notice">
      <h1>This page did not load</h1>
      <p>
        Its code could not be fetched: the connection dropped, or the server was upgraded while this tab was open.
        Reloading fetches the current version.
      </p>
      <button type="button" class="button" onClick={() => { location.reload(); }}>Reload the page</button>
    </div>
  );
}
