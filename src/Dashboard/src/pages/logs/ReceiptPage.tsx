import '../../receipts/receipts.css';
import './logs.css';
import type { ComponentChildren } from 'preact';
import { useCallback } from 'preact/hooks';
import { useLoaded } from '../../app/useLoaded';
import { dollars, exactDollars } from '../../budgets/money';
import { reader } from '../../budgets/reader';
import { CopyButton } from '../../parts/CopyButton';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { RowsToCome } from '../../parts/Rows';
import { callerName, connectionIn, connectionTag } from '../../receipts/callers';
import { Exactness } from '../../receipts/Exactness';
import { exactWords } from '../../receipts/moments';
import { unnamed } from '../../receipts/unnamed';
import { causeOf } from './cause';
import { classWords, rateWords, sumOf } from './cost-lines';
import { getReceipt, type Receipt } from './logs-api';

/** One call: what it cost and why, who made it, how long it took, and what went wrong. */
export function ReceiptPage() {
  const [, , id = ''] = location.pathname.split('/');
  const load = useCallback(() => getReceipt(id), [id]);
  const { data: receipt, trouble, reload } = useLoaded(load);
  const retry = <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  return (
    <div class={receipt?.test ? 'content test-mode' : 'content'}>
      <p class="small back"><a href="/logs">All calls</a></p>
      <div class="content-head">
        <div>
          <h1>Receipt</h1>
          <div class="request-id"><code>{id}</code><CopyButton text={id} label="Copy the request id" /></div>
        </div>
      </div>
      {trouble && <Notice kind="bad" action={retry}>{trouble.message}</Notice>}
      {receipt === undefined && trouble === undefined && <RowsToCome count={3} />}
      {receipt && <Shown receipt={receipt} />}
    </div>
  );
}

function Shown({ receipt }: { readonly receipt: Receipt }) {
  return (
    <>
      <p class="outcome">
        <b>{receipt.cost === undefined ? 'Cost unknown' : dollars(receipt.cost)}</b>
        <Exactness kind={receipt.exactness} />
        <Pill tone={receipt.status >= 400 ? 'bad' : 'good'}>{`status ${receipt.status}`}</Pill>
        {receipt.test && <Pill tone="warn" meaning={<p>It reached the sandbox and nothing else, and counts in no live budget.</p>}>test</Pill>}
      </p>
      <WhatWentWrong receipt={receipt} />
      <CostTable receipt={receipt} />
      <Facts receipt={receipt} />
    </>
  );
}

function WhatWentWrong({ receipt }: { readonly receipt: Receipt }) {
  const cause = causeOf(receipt);
  if (cause === undefined) return null;
  const { providerError, code } = receipt;
  const said = providerError && [providerError.status, providerError.code].filter((one) => one !== undefined).join(' ');
  return (
    <Notice kind="bad" action={cause.mend && <a class="button" href={cause.mend.href}>{cause.mend.label}</a>}>
      <h2 class="cause">{cause.what}</h2>
      <p>{cause.why}</p>
      {providerError && <p class="small">The provider said <code>{said}</code>{providerError.message !== undefined && <>: “{providerError.message}”</>}</p>}
      {code !== undefined && <p class="small">KeyPass answered <code>{code}</code>.</p>}
    </Notice>
  );
}

function CostTable({ receipt: { lines, cost, priceVersion } }: { readonly receipt: Receipt }) {
  if (lines.length === 0) {
    return (
      <section>
        <h2>What it cost</h2>
        <p class="muted">
          {cost === undefined && 'Nobody told KeyPass what this model costs.'}
          {cost === 0n && 'Nothing: no tokens were counted.'}
          {cost !== undefined && cost > 0n && `${exactDollars(cost)}, ${priceVersion ?? 'without lines'}.`}
        </p>
      </section>
    );
  }
  return (
    <section>
      <h2>What it cost</h2>
      <div class="card table-card">
        <table class="sums">
          <caption class="spoken">The lines of the cost</caption>
          <thead>
            <tr>
              <th scope="col">Counted</th><th scope="col" class="wide">How many</th><th scope="col" class="wide">Price</th><th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr>
                <th scope="row">
                  {classWords(line)}<br /><code class="small muted">{line.model}</code>
                  <span class="narrow small muted">{line.count.toLocaleString()}, {rateWords(line)}</span>
                </th>
                <td class="wide">{line.count.toLocaleString()}</td>
                <td class="wide">{rateWords(line)}</td>
                <td>{exactDollars(line.cost)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot><tr><th scope="row">Together</th><td class="wide" /><td class="wide" /><td>{exactDollars(sumOf(lines))}</td></tr></tfoot>
        </table>
        <p class="small muted note">Each line is rounded up to a billionth of a dollar.{priceVersion !== undefined && ` Prices of ${priceVersion}.`}</p>
      </div>
    </section>
  );
}

function Facts({ receipt }: { readonly receipt: Receipt }) {
  const { at, virtualKeyId, providerKeyId, provider, operation, model, servedModel, servedTier, bound, clampedTo, tags } = receipt;
  const connection = connectionIn(tags);
  const shownTags = tags.filter((tag) => !tag.startsWith(connectionTag));
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['When', <time dateTime={at}>{exactWords(at, reader())}</time>],
    [connection === undefined ? 'Virtual key' : 'App', (
      <a href={connection === undefined ? `/logs?caller=${virtualKeyId}` : `/connections/${connection}`}>{callerName(receipt)}</a>
    )],
    ['Provider', provider ?? 'none was reached'],
    ...(providerKeyId === undefined ? [] : [['Provider key', <a href="/keys">{unnamed(providerKeyId)}</a>] as const]),
    ...(operation === undefined ? [] : [['Kind of call', operation] as const]),
    ['Model asked for', model === undefined ? 'none' : <code>{model}</code>],
    ...(servedModel === undefined || servedModel === model ? [] : [['Model served', <code>{servedModel}</code>] as const]),
    ...(servedTier === undefined ? [] : [['Tier', servedTier] as const]),
    ['Tokens', `${receipt.input.toLocaleString()} in, ${receipt.output.toLocaleString()} out`],
    ...(shownTags.length === 0 ? [] : [['Tags', shownTags.join(', ')] as const]),
    ['Took', timesOf(receipt)],
    ['Answer', receipt.hungUp ? 'the caller went away before its end' : receipt.stream ? 'streamed' : 'in one piece'],
    ...(receipt.attempts > 1 ? [['Attempts', receipt.attempts.toLocaleString()] as const] : []),
    ...(bound === undefined ? [] : [['Held of its budgets', `${exactDollars(bound)}, the most that it could have cost`] as const]),
    ...(clampedTo === undefined ? [] : [['Output let have', `${clampedTo.toLocaleString()} tokens: more did not fit its budget`] as const]),
  ];
  return (
    <section>
      <h2>The call</h2>
      <dl class="facts card">{facts.map(([name, value]) => <div><dt class="small muted">{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}

function timesOf({ latencyMs, providerMs, firstByteMs }: Receipt): string {
  const parts = [
    `${latencyMs.toLocaleString()} ms`,
    providerMs !== undefined && `the provider began to answer after ${providerMs.toLocaleString()} ms`,
    firstByteMs !== undefined && `first byte after ${firstByteMs.toLocaleString()} ms`,
  ];
  return parts.filter(Boolean).join('; ');
}
