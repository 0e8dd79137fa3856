import { useEffect, useState } from 'preact/hooks';
import { forgetOnClipboard } from './clipboard';

const shownForMs = 2500;

export interface CopyButtonProps {
  readonly text: string;
  /** Says what is copied, for someone who hears the button without seeing what stands beside it. */
  readonly label: string;
  /** Does not stay on the clipboard. */
  readonly secret?: boolean;
}

export function CopyButton({ text, label, secret = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  const [leaves, setLeaves] = useState(false);
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => { setOutcome(undefined); }, shownForMs);
    return () => { clearTimeout(timer); };
  }, [outcome]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      if (secret) forgetOnClipboard(text);
      setLeaves(secret);
      setOutcome('copied');
    } catch {
      // No permission, or a page opened over plain http, where browsers have no clipboard.
      setOutcome('refused');
    }
  };

  return (
    <>
      <button type="button" class="button copy" aria-label={outcome === 'copied' ? undefined : label} onClick={() => { void copy(); }}>
        {outcome === 'copied' ? 'Copied' : 'Copy'}
      </button>
      <span role="status" class={outcome === 'refused' || leaves ? 'small muted copy-said' : 'spoken'}>
        {leaves ? 'The clipboard is emptied in a minute.' : outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'The browser did not allow copying: select the text instead.'}
      </span>
    </>
  );
}
