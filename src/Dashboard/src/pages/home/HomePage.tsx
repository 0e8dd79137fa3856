import '../../receipts/receipts.css';
import '../logs/logs.css';
import '../usage/usage.css';
import './home.css';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { useLoaded } from '../../app/useLoaded';
import type { Budget } from '../../budgets/budget';
import { dollars } from '../../budgets/money';
import { reader } from '../../budgets/reader';
import { SpendBar } from '../../budgets/SpendBar';
import { Notice } from '../../parts/Notice';
import { LivePill } from '../../receipts/LivePill';
import { useReceipts } from '../../receipts/useReceipts';
import { CallTable } from '../logs/CallTable';
import { listNewest, type Receipt } from '../logs/logs-api';
import type { Usage } from '../usage/usage-api';
import { FirstSteps } from './FirstSteps';
import { mostCalls, readHome, type Home, type Limited } from './home-api';
import { MonthChart, MonthModels } from './Month';
import { stepsOf } from './steps';
import { WantsLooking } from './WantsLooking';
import { withCall } from './with-call';

/** What was spent, what runs, and what wants looking at. */
export function HomePage() {
  const load = useCallback(() => readHome(reader()), []);
  const { data, trouble, reload } = useLoaded(load);
  const [home, setHome] = useState<Home>();
  useEffect(() => { setHome(data); }, [data]);
  const add = (call: Receipt) => { setHome((before) => before && withCall(before, call, reader())); };
  const live = useReceipts({
    onCall: add,
    onBudget: () => { void reload(); },
    onOpen: (first) => {
      // Of a long silence the sums are old, too.
      if (first) listNewest(mostCalls).then((calls) => { [...calls].reverse().forEach(add); }, () => undefined);
      else void reload();
    },
  });
  return (
    <div class="content home">
      <div class="content-head">
        <h1><span class="spoken">Home: </span>{monthName()}</h1>
        <LivePill live={live} />
      </div>
      {trouble && (
        <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>
      )}
      {home === undefined && trouble === undefined && <div class="card home-to-come" role="status" aria-label="Loading" />}
      {home && <Shown home={home} />}
    </div>
  );
}

function monthName(): string {
  const { timeZone, now } = reader();
  return new Intl.DateTimeFormat(undefined, { timeZone, month: 'long' }).format(now);
}

function Shown({ home }: { readonly home: Home }) {
  const { month, budget, attention, limited, newest, has, example } = home;
  const steps = stepsOf({ ...has, calls: newest.length });
  // Who takes the last of them here sees it ticked.
  const [isNew] = useState(() => steps.some(({ done }) => !done));
  const spent = month.total.requests > 0;
  return (
    <>
      {attention.length > 0 && <WantsLooking items={attention} />}
      {isNew && <FirstSteps steps={steps} example={example} first={newest.at(-1)} />}
      {(!isNew || newest.length > 0) && <Together usage={month} budget={budget} sandbox={newest.some(({ test }) => test)} />}
      {spent && <div class="beside"><MonthChart usage={month} /><MonthModels usage={month} /></div>}
      {limited.length > 0 && <Nearest limited={limited} />}
      {newest.length > 0 && (
        <section aria-labelledby="newest" class="stack">
          <div class="section-head"><h2 id="newest">Newest calls</h2><a href="/logs">All calls</a></div>
          <CallTable rows={newest} />
        </section>
      )}
    </>
  );
}

/** The one figure that the page is opened for, and quietly beside it what it is made of. */
function Together({ usage: { total }, budget, sandbox }: { readonly usage: Usage; readonly budget: Budget | undefined; readonly sandbox: boolean }) {
  return (
    <section class="card together" aria-labelledby="together">
      <div class="stack">
        <h2 id="together" class="small muted">Spent this month</h2>
        <p class="sum">{dollars(total.cost)}</p>
        {budget === undefined
          ? <p class="small muted">Nothing limits all of it together. <a href="/settings">Set a budget</a></p>
          : <SpendBar compact budget={budget} label="Spent of everything together" />}
        {sandbox && <p class="small muted">Without what the sandbox said: that is no real money.</p>}
      </div>
      <dl>
        <div><dt class="small muted">Calls</dt><dd>{total.requests.toLocaleString()}</dd></div>
        <div><dt class="small muted">Failed</dt><dd class={total.errors > 0 ? 'wrong' : undefined}>{total.errors.toLocaleString()}</dd></div>
        <div><dt class="small muted">Tokens in</dt><dd>{total.input.toLocaleString()}</dd></div>
        <div><dt class="small muted">Tokens out</dt><dd>{total.output.toLocaleString()}</dd></div>
      </dl>
    </section>
  );
}

function Nearest({ limited }: { readonly limited: readonly Limited[] }) {
  return (
    <section aria-labelledby="budgets" class="stack">
      <h2 id="budgets">Nearest to their limits</h2>
      <div class="card limits">
        {limited.map(({ id, name, href, budget }) => (
          <div key={id}><p><a href={href}>{name}</a></p><SpendBar compact budget={budget} label={`Spent by ${name}`} /></div>
        ))}
      </div>
    </section>
  );
}
