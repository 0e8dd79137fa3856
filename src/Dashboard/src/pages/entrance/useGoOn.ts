import { useEffect } from 'preact/hooks';
import { nextPage } from '../../app/next';
import { goTo } from '../../app/router';
import { session } from '../../app/session';
import { useStore } from '../../app/store';

/** Away from a way in, once somebody is in: also by another tab. While this one is at it, it goes on when all of it is done. */
export function useGoOn(busy: boolean): void {
  const { state } = useStore(session);
  useEffect(() => {
    if (state === 'signed-in' && !busy) goTo(nextPage(location), true);
  }, [state, busy]);
}
