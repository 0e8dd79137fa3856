import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** As long as it takes to see what one is about to press. */
const armingMs = 700;

/**
 * A button for what cannot be taken back, and that another page would like to have pressed: it works once it has been in sight, in a window in
 * use, for a moment, and by the person's own pointer or keyboard. Whenever the window was out of sight or use, that begins anew.
 */
export function Armed({ busy, onPress, children }: { readonly busy: boolean; readonly onPress: () => void; readonly children: ComponentChildren }) {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      clearTimeout(timer);
      setArmed(false);
      if (document.visibilityState === 'visible' && document.hasFocus()) timer = setTimeout(() => { setArmed(true); }, armingMs);
    };
    for (const name of ['focus', 'blur'] as const) window.addEventListener(name, begin, { signal: gone.signal });
    document.addEventListener('visibilitychange', begin, { signal: gone.signal });
    begin();
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, []);
  return (
    <button
      type="button" class="button primary" aria-disabled={busy || !armed}
      onClick={(event) => { if (event.isTrusted && armed && !busy) onPress(); }}
    >
      {children}
    </button>
  );
}
