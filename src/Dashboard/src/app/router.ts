/** One arrival at a page, and what the shell owes the reader there. */
export interface Visit {
  readonly pathname: string;
  readonly hash: string;
  /** `load`: the browser opened the document; `link`: a link was followed; `history`: back or forward. */
  readonly by: 'load' | 'link' | 'history';
  /** Where this entry of the history was scrolled to when it was left; undefined on the first visit. */
  readonly scrollY: number | undefined;
}

/** Kept in the history entry itself, so that a reload finds it too. */
interface EntryState {
  readonly scrollY: number;
}

/** Browsers allow about three changes of the history a second: write when the scrolling has come to rest. */
const restMs = 200;
let resting: ReturnType<typeof setTimeout> | undefined;

function remember(): void {
  clearTimeout(resting);
  history.replaceState({ scrollY } satisfies EntryState, '');
}

function visitHere(by: Visit['by']): Visit {
  // A position still waiting to be written belongs to the page just left.
  clearTimeout(resting);
  const { pathname, hash } = location;
  const state: unknown = history.state;
  const known = typeof state === 'object' && state !== null && 'scrollY' in state && typeof state.scrollY === 'number';
  return { pathname, hash, by, scrollY: known ? (state as EntryState).scrollY : undefined };
}

/** The link a click would follow inside the app; undefined leaves the click to the browser. */
function linkToFollow(click: MouseEvent, isPage: (pathname: string) => boolean): URL | undefined {
  if (click.defaultPrevented || click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return undefined;
  const link = click.target instanceof Element ? click.target.closest<HTMLAnchorElement>('a[href]') : null;
  if (link === null || link.hasAttribute('download') || (link.target !== '' && link.target !== '_self')) return undefined;
  const url = new URL(link.href, location.href);
  const samePlace = url.pathname === location.pathname && url.search === location.search && url.hash !== '';
  return url.origin === location.origin && !samePlace && isPage(url.pathname) ? url : undefined;
}

let arrived: ((visit: Visit) => void) | undefined;

/** To another page of the app. `instead` leaves no way back to this one: what sent the person on would only send them on again. */
export function goTo(address: string, instead = false): void {
  if (instead) {
    history.replaceState(null, '', address);
  } else {
    remember();
    history.pushState(null, '', address);
  }
  arrived?.(visitHere('link'));
}

/** Follows links and history until the returned function is called. Paths that are no page of ours go to the server. */
export function startRouter(isPage: (pathname: string) => boolean, arrive: (visit: Visit) => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  history.scrollRestoration = 'manual';

  document.addEventListener('click', (click) => {
    const url = linkToFollow(click, isPage);
    if (url === undefined) return;
    click.preventDefault();
    goTo(url.href);
  }, { signal });
  addEventListener('popstate', () => { arrive(visitHere('history')); }, { signal });
  addEventListener('scroll', () => {
    clearTimeout(resting);
    resting = setTimeout(remember, restMs);
  }, { signal, passive: true });

  arrived = arrive;
  arrive(visitHere('load'));
  return () => {
    arrived = undefined;
    clearTimeout(resting);
    stop.abort();
  };
}
