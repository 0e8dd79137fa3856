import { findRoute, startPage } from './routes';

/** The sign-in page, with the way back to here. */
export function signInAddress(here: string): string {
  return here === startPage ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`;
}

/** Where to go after signing in: a page of ours that needs it, by name, and nothing else whatever the address says. */
export function nextPage(search: string): string {
  const wanted = new URLSearchParams(search).get('next') ?? startPage;
  return findRoute(wanted)?.frame === 'account' ? wanted : startPage;
}

/** The same way back, on a link between the pages one enters by. */
export function withNext(path: string, search: string): string {
  const next = nextPage(search);
  return next === startPage ? path : `${path}?next=${encodeURIComponent(next)}`;
}
