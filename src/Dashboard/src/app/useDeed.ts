import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { calledOff, troubleOf, type Trouble } from './trouble';

export interface Deed {
  readonly busy: boolean;
  readonly trouble: Trouble | undefined;
  /** One at a time: a second press while the first is under way does nothing. */
  run(deed: () => Promise<void>): void;
  clear(): void;
}

/** Something a person asked for: whether it is under way, and why it did not work. */
export function useDeed(): Deed {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const running = useRef(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => { here.current = false; };
  }, []);

  const run = useCallback((deed: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setTrouble(undefined);
    deed().catch((failure: unknown) => failure).then((failure) => {
      running.current = false;
      if (!here.current) return;
      setBusy(false);
      if (failure !== undefined && failure !== calledOff) setTrouble(troubleOf(failure));
    }, () => undefined);
  }, []);
  const clear = useCallback(() => { setTrouble(undefined); }, []);
  return { busy, trouble, run, clear };
}
