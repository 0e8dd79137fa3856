import { dollars } from '../../budgets/money';
import type { Consent } from './consent-api';
import { ceilingsOf, effective, requestsFor } from './worth';

/** So many models at most: the dearest, since nobody is surprised by more than he was told. */
const mostShown = 3;

/** What an amount comes to: which lower limits hold beside it, and about how many calls it pays for. */
export function Worth({ consent, chosen, models, cents, period, named, often }: {
  readonly consent: Consent; readonly chosen: readonly string[]; readonly models: readonly string[] | undefined; readonly cents: number;
  readonly period: string; readonly named: (provider: string) => string; readonly often: (period: string) => string;
}) {
  const ceilings = ceilingsOf(consent, chosen, cents, period);
  const most = effective(ceilings, chosen, cents);
  const payers = consent.rows.filter(({ id }) => chosen.includes(id)).map(({ provider }) => provider);
  const calls = consent.everydayCalls
    .filter(({ model, provider }) => (payers.length === 0 || payers.includes(provider)) && models?.includes(model) !== false)
    .sort((one, other) => other.nanoUsd - one.nanoUsd).slice(0, mostShown);
  return (
    <div class="worth small">
      {ceilings.map(({ row, budget }) => (
        <p>
          Your {row === undefined ? 'account' : `${[named(row.provider), row.label].filter(Boolean).join(' ')} key`} has a limit of its
          own, {dollars(budget.limit)} {often(budget.set.period)}: {row === undefined ? 'everything together' : 'with it, the app'} gets no more than that.
        </p>
      ))}
      {calls.length > 0 && (
        <>
          <p>With {dollars(most, 'down')} it can make about</p>
          <ul>{calls.map((call) => <li><b>{requestsFor(most, call)}</b> requests to {call.model}</li>)}</ul>
          <p class="muted">if each has 1,000 tokens in and 500 out: a page or two of text, and a short answer. Longer ones cost more.</p>
        </>
      )}
    </div>
  );
}
