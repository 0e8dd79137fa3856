import { useEffect, useState } from 'preact/hooks';

const shownForMs = 2500;

export interface CopyButtonProps {
  readonly text: string;
  /** Says what is copied, for someone who hears the button without seeing what stands beside it. */
  readonly label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused'>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => { setOutcome(undefined); }, shownForMs);
    return () => { clearTimeout(timer); };
  }, [outcome]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      // No permission, or a page opened over plain http, where browsers have no clipboard.
      setOutcome('refused');
    }
  };

  return (
    <>
      <button type="button" class="button copy" aria-label={label} onClick={() => { void copy(); }}>
        {outcome === 'copied' ? 'Copied' : 'Copy'}
      </button>
      <span role="status" class={outcome === 'refused' ? 'small muted' : 'spoken'}>
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'The browser did not allow copying: select the text instead.'}
      </span>
    </>
  );
}
