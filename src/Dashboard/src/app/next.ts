import { findRoute, startPage } from './routes';

/** A page's address as it was opened. The fragment of a link session is its token, which stands nowhere else. */
type Where = Pick<Location, 'search' | 'hash'>;

/** The sign-in page, with the way back to here. */
export function signInAddress(here: string, hash = ''): string {
  return here === startPage ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}${hash}`;
}

/** Where to go after signing in: a page of ours that needs it, by name, with what was chosen on it, and nothing else whatever the address says. */
export function nextPage({ search, hash }: Where): string {
  const wanted = new URLSearchParams(search).get('next') ?? startPage;
  const [path = '', chosen] = wanted.split(/[?#]/, 2);
  const frame = findRoute(path)?.frame;
  if (frame === 'consent') return path + hash;
  if (frame !== 'account') return startPage;
  return wanted.startsWith(`${path}?`) ? `${path}?${chosen ?? ''}` : path;
}

/** The same way back, on a link between the pages one enters by. */
export function withNext(path: string, where: Where): string {
  const next = nextPage(where);
  if (next === startPage) return path;
  const [page, fragment] = next.split('#', 2);
  return `${path}?next=${encodeURIComponent(page ?? '')}${fragment === undefined ? '' : `#${fragment}`}`;
}
