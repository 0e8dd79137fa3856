import { useEffect, useState } from 'preact/hooks';
import { calledOff, troubleOf, type Trouble } from '../../app/trouble';

export interface Opened<Content> {
  readonly opened: Content | undefined;
  readonly trouble: Trouble | undefined;
}

/** What the vault says of something, after asking to be unlocked where that is needed. Who would rather not unlock has closed the question. */
export function useOpened<Content>(open: () => Promise<Content>, onCalledOff: () => void): Opened<Content> {
  const [result, setResult] = useState<Opened<Content>>({ opened: undefined, trouble: undefined });
  useEffect(() => {
    let gone = false;
    open().then(
      (opened) => { if (!gone) setResult({ opened, trouble: undefined }); },
      (failure: unknown) => {
        if (gone) return;
        if (failure === calledOff) onCalledOff();
        else setResult({ opened: undefined, trouble: troubleOf(failure) });
      },
    );
    return () => { gone = true; };
  }, [open]);
  return result;
}
