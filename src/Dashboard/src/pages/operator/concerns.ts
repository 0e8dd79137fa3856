import { dollars } from '../../budgets/money';
import type { Summary } from './operator-api';

export interface Concern {
  readonly kind: 'warn' | 'bad';
  readonly what: string;
  readonly mend: string;
}

/** More than a mail server has not taken in a moment. */
const manyLetters = 20;

const some = (count: number, one: string, more: string): string => (count === 1 ? `One ${one}` : `${count.toLocaleString()} ${more}`);

/** What an operator has to look at, the worst first; none where all is well. */
export function concernsOf({ boundViolations, lostServers, unaccounted, ring, servers, letters }: Summary): readonly Concern[] {
  const active = ring.find(({ state }) => state === 'active');
  const without = active === undefined ? 0 : Math.max(0, servers - active.servers);
  return [
    ...boundViolations === 0 ? [] : [{
      kind: 'bad', what: `${some(boundViolations, 'call', 'calls')} cost more than could be known beforehand, since this server started.`,
      mend: 'A price or a bound is wrong, and budgets held by that much less. The log names the model: correct its price below, or report it.',
    } as const],
    ...without === 0 ? [] : [{
      kind: 'bad', what: `${some(without, 'server lacks', 'servers lack')} the active epoch of the ring.`,
      mend: 'They cannot open what the others write. Copy the ring file of a server that has it to them.',
    } as const],
    ...lostServers === 0 ? [] : [{
      kind: 'warn', what: `${some(lostServers, 'server has', 'servers have')} gone without a word.`,
      mend: 'Start them again on the same disk: their journals hold the receipts of their last calls.',
    } as const],
    ...unaccounted === 0n ? [] : [{
      kind: 'warn', what: `${dollars(unaccounted)} of budgets count as spent without a receipt.`,
      mend: 'They were held by servers that were lost. Receipts that are found later come out of this sum.',
    } as const],
    ...letters <= manyLetters ? [] : [{
      kind: 'warn', what: `${letters.toLocaleString()} letters wait to be mailed.`,
      mend: 'The mail server may be down, or refuse this one: the log says which.',
    } as const],
  ];
}
