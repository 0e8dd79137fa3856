import { useCallback, useEffect, useState } from 'preact/hooks';
import { get } from './api';
import { objectsAt, textAt, type JsonObject } from './json';
import { troubleOf, type Trouble } from './trouble';

export interface Pages<Row> {
  /** Those read so far; undefined until the first of them are there. */
  readonly rows: readonly Row[] | undefined;
  readonly more: boolean;
  readonly busy: boolean;
  readonly trouble: Trouble | undefined;
  /** The next page, or the one that did not come. */
  readonly readOn: () => void;
  readonly reload: () => void;
}

/** A list that the server gives page by page. `read` must stay the same function; a path may have a query. */
export function usePages<Row>(path: string, pageSize: number, read: (row: JsonObject) => Row): Pages<Row> {
  const [rows, setRows] = useState<readonly Row[]>();
  const [cursor, setCursor] = useState<string>();
  const [trouble, setTrouble] = useState<Trouble>();
  const [busy, setBusy] = useState(false);
  const load = useCallback((after: string | undefined) => {
    setBusy(true);
    get(`${path}${path.includes('?') ? '&' : '?'}limit=${pageSize}${after === undefined ? '' : `&cursor=${encodeURIComponent(after)}`}`).then((data) => {
      const page = objectsAt(data, 'items').map(read);
      setRows((before) => [...(after === undefined ? [] : before ?? []), ...page]);
      setCursor(textAt(data, 'nextCursor'));
      setTrouble(undefined);
    }).catch((failure: unknown) => { setTrouble(troubleOf(failure)); }).finally(() => { setBusy(false); });
  }, [path, pageSize, read]);
  useEffect(() => { load(undefined); }, [load]);
  return { rows, more: cursor !== undefined, busy, trouble, readOn: () => { if (!busy) load(cursor); }, reload: () => { load(undefined); } };
}
