import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export type PillTone = 'sealed' | 'good' | 'warn' | 'bad' | 'calm';

export interface PillProps {
  readonly tone: PillTone;
  readonly children: string;
  /** What the word means, one click away. */
  readonly meaning?: ComponentChildren;
}

export function Pill({ tone, children, meaning }: PillProps) {
  const id = useId();
  if (meaning === undefined) return <span class={`pill ${tone}`}>{children}</span>;
  return (
    <>
      <button type="button" class={`pill ${tone}`} popovertarget={id}>{children}<span class="spoken">, what does that mean?</span></button>
      <div id={id} popover="auto" class="meaning card">
        <p><b>{children}</b></p>
        {meaning}
        <button type="button" class="button" popovertarget={id} popovertargetaction="hide">Close</button>
      </div>
    </>
  );
}
