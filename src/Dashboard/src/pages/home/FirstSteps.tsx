import { dollars } from '../../budgets/money';
import { Tick } from '../../parts/icons';
import { Snippet } from '../../parts/Snippet';
import type { Receipt } from '../logs/logs-api';
import { snippetsFor } from '../virtual-keys/snippets';
import type { Home } from './home-api';
import type { Step } from './steps';

/** The next one stands open; what is done stays in sight, so that one sees how far it is. */
export function FirstSteps({ steps, example, first }: {
  readonly steps: readonly Step[]; readonly example: Home['example'];
  /** The call that was the last of them. */
  readonly first: Receipt | undefined;
}) {
  const next = steps.find(({ done }) => !done);
  return (
    <section class="card first-steps" aria-labelledby="steps">
      <h2 id="steps">{next === undefined ? 'That was your first call' : 'Three steps to the first call'}</h2>
      <ol>
        {steps.map((step, place) => (
          <li key={step.title} data-done={step.done} aria-current={step === next ? 'step' : undefined}>
            <span class="step-mark" aria-hidden="true">{step.done ? <Tick /> : place + 1}</span>
            <div>
              <h3>{step.done && <span class="spoken">Done: </span>}{step.title}</h3>
              {step === next && <Open step={step} example={example} />}
            </div>
          </li>
        ))}
      </ol>
      {next === undefined && first && (
        <p role="status">
          {first.cost === undefined ? 'Nobody knows what it cost.' : `It cost ${dollars(first.cost)}.`}{' '}
          <a href={`/logs/${first.requestId}`}>Its receipt</a> says why.
        </p>
      )}
    </section>
  );
}

function Open({ step: { why, at, or }, example }: { readonly step: Step; readonly example: Home['example'] }) {
  const [curl] = snippetsFor({ origin: location.origin, ...example });
  return (
    <>
      <p class="muted">{why}</p>
      {at && (
        <div class="actions">
          <a class="button primary" href={at.href}>{at.action}</a>
          {or && <a class="button" href={or.href}>{or.action}</a>}
        </div>
      )}
      {at === undefined && curl && (
        <Snippet title={undefined} label={`Example for ${curl.label}`} text={curl.text} copy="Copy the example">
          <p class="small muted">The virtual key was shown once. If you have not kept it, <a href="/virtual-keys">rotate it</a> to see a new one.</p>
        </Snippet>
      )}
    </>
  );
}
