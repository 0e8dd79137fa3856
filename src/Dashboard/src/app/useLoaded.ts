import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { troubleOf, type Trouble } from './trouble';

export interface Loaded<Data> {
  /** What was read last stays until what is read next is there. */
  readonly data: Data | undefined;
  readonly trouble: Trouble | undefined;
  readonly reload: () => Promise<void>;
}

/** What a page shows of the server. `load` must stay the same function. */
export function useLoaded<Data>(load: () => Promise<Data>): Loaded<Data> {
  const [data, setData] = useState<Data>();
  const [trouble, setTrouble] = useState<Trouble>();
  const latest = useRef(0);
  const reload = useCallback(async () => {
    const turn = ++latest.current;
    const [read, failure] = await load().then((done) => [done, undefined] as const, (failed: unknown) => [undefined, troubleOf(failed)] as const);
    // Of two that are under way the later one knows more.
    if (turn !== latest.current) return;
    setTrouble(failure);
    if (read !== undefined) setData(() => read);
  }, [load]);
  useEffect(() => { void reload(); }, [reload]);
  return { data, trouble, reload };
}
