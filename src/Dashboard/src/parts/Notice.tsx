import type { ComponentChildren } from 'preact';
import { Caution, Tick } from './icons';

export interface NoticeProps {
  /** `bad`: something is wrong, and is read out at once. `warn`: something to know first. `good`: something was done. */
  readonly kind: 'good' | 'warn' | 'bad' | 'calm';
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Notice({ kind, action, children }: NoticeProps) {
  return (
    <div class={`notice-box ${kind}`} role={kind === 'bad' ? 'alert' : kind === 'good' ? 'status' : undefined}>
      {kind === 'good' ? <Tick /> : kind !== 'calm' && <Caution />}
      <div>{children}</div>
      {action}
    </div>
  );
}
