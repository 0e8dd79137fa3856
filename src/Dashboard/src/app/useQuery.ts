import { useCallback, useState } from 'preact/hooks';

export type Query = Readonly<Record<string, string>>;

/** What a page is asked to show stands in its address: a reload, a bookmark and somebody else see the same. An empty value is left out. */
export function useQuery(): readonly [Query, (change: Query) => void] {
  const [, redraw] = useState(0);
  const change = useCallback((changed: Query) => {
    history.replaceState(history.state, '', location.pathname + searchOf({ ...queryHere(), ...changed }));
    redraw((times) => times + 1);
  }, []);
  return [queryHere(), change];
}

const queryHere = (): Query => Object.fromEntries(new URLSearchParams(location.search));

export function searchOf(query: Query): string {
  const filled = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return filled === '' ? '' : `?${filled}`;
}
