import './budgets.css';
import { Pill } from '../parts/Pill';
import type { Budget } from './budget';
import { dollars } from './money';
import { reader } from './reader';
import { momentWords } from './window';

/** How much of a budget is spent, held and left, and when it begins anew. */
export function SpendBar({ budget, label, compact = false }: {
  readonly budget: Budget;
  /** Whose it is, for who hears it. */
  readonly label: string;
  /** As one of many in a list. */
  readonly compact?: boolean;
}) {
  const { limit, spent, reserved, remaining, unaccounted } = budget;
  const said = `${dollars(spent)} of ${dollars(limit)}`;
  const held = reserved > 0n && `${dollars(reserved)} set aside for calls`;
  return (
    <div class={compact ? 'spend compact' : 'spend'} data-level={levelOf(budget)}>
      <p class="spend-sum"><span><b>{dollars(spent)}</b> of {dollars(limit)}</span><span>{dollars(remaining, 'down')} left</span></p>
      <div
        class="spend-bar" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percentOf(spent, limit)}
        aria-valuetext={[`${said} spent`, held].filter(Boolean).join(', ')}
      >
        <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect class="held" width={percentOf(spent + reserved, limit)} height="1" />
          <rect class="spent" width={percentOf(spent, limit)} height="1" />
        </svg>
      </div>
      <p class="small muted">{spent >= limit ? <UsedUp budget={budget} /> : <Anew budget={budget} />}{!compact && held && ` · ${held}`}</p>
      {unaccounted > 0n && <p><Unaccounted nano={unaccounted} /></p>}
    </div>
  );
}

/** In whole hundredths of what is full, and never more: a limit may have been lowered below what is spent. */
function percentOf(part: bigint, limit: bigint): number {
  if (part >= limit) return 100;
  return Number(part * 10_000n / limit) / 100;
}

function levelOf({ spent, limit }: Budget): 'calm' | 'half' | 'near' | 'full' {
  const percent = percentOf(spent, limit);
  return percent >= 100 ? 'full' : percent >= 80 ? 'near' : percent >= 50 ? 'half' : 'calm';
}

function Anew({ budget: { resetsAt } }: { readonly budget: Budget }) {
  return resetsAt === undefined ? <>never begins anew</> : <>begins anew on <Reset at={resetsAt} /></>;
}

function UsedUp({ budget: { resetsAt } }: { readonly budget: Budget }) {
  return <span class="used-up">used up: calls are refused until {resetsAt === undefined ? 'you raise it' : <Reset at={resetsAt} />}</span>;
}

function Reset({ at }: { readonly at: string }) {
  return <time dateTime={at}>{momentWords(Date.parse(at), reader())}</time>;
}

function Unaccounted({ nano }: { readonly nano: bigint }) {
  const meaning = (
    <>
      <p>
        {dollars(nano)} of this counts as spent without a receipt. A server was lost before it could write what its last calls cost, so that everything
        it had taken for them counts: the limit holds in any case.
      </p>
      <p class="muted">Receipts that are found later come out of this sum first, and are not counted twice.</p>
    </>
  );
  return <Pill tone="warn" meaning={meaning}>{`${dollars(nano)} without a receipt`}</Pill>;
}
