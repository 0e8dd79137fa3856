import { Pill } from '../parts/Pill';
import type { Live } from './useReceipts';

/** Whether what is on screen follows what happens. */
export function LivePill({ live }: { readonly live: Live }) {
  return (
    <span role="status" class="live" data-live={live}>
      {live === 'live' && <Pill tone="good">live</Pill>}
      {live === 'lost' && <Pill tone="warn">not live, asking again</Pill>}
    </span>
  );
}
