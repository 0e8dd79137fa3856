import { useEffect, useState } from 'preact/hooks';
import { useQuery } from './useQuery';

/** As long as an eye needs to find a row, and no longer than it stays of use. */
const markedMs = 4000;

export interface Pointed {
  /** The row that the address points to, for a moment. */
  readonly marked: string | undefined;
  /** It points to one that is not here. */
  readonly missing: boolean;
}

/** Of a row: what its element is found by. */
export const rowId = (id: string): string => `row-${id}`;

/**
 * A link to one row of a list, as `/keys?row=…`: brings it into view, gives it focus and marks it. Then the address is the list's again, so that the same
 * link leads there again, and what is done meanwhile is not followed by a jump.
 */
export function usePointed(ids: readonly string[] | undefined): Pointed {
  const [{ row: asked }, change] = useQuery();
  const [marked, setMarked] = useState<string>();
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (asked === undefined || ids === undefined) return;
    const element = ids.includes(asked) ? document.getElementById(rowId(asked)) : null;
    setMissing(element === null);
    setMarked(element === null ? undefined : asked);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' });
    change({ row: '' });
  }, [asked, ids, change]);
  useEffect(() => {
    if (marked === undefined) return undefined;
    const over = setTimeout(() => { setMarked(undefined); }, markedMs);
    return () => { clearTimeout(over); };
  }, [marked]);
  return { marked, missing };
}
