import type { ComponentChildren } from 'preact';
import { BaseUrlDiff } from './BaseUrlDiff';

interface WayProps {
  readonly id: string;
  readonly who: string;
  readonly what: string;
  readonly steps: readonly { readonly title: string; readonly text: ComponentChildren }[];
  readonly children?: ComponentChildren;
}

export function HowItWorks({ origin }: { readonly origin: string }) {
  return (
    <section class="page ways" aria-labelledby="ways-heading">
      <h2 id="ways-heading">How it works</h2>
      <Way
        id="for-people" who="An app asks you for a key" what="You lend it a piece, and keep the key."
        steps={[
          { title: 'The app asks', text: 'It opens KeyPass in a window of its own and says which models it needs, how much, and why.' },
          {
            title: 'You set the limit',
            text: 'Choose the key that pays, the dollars a month, the models, the end date. Nothing is shared before you approve.',
          },
          {
            title: 'It gets a credential, not the key',
            text: 'Its calls go through KeyPass and stop at the limit. Revoke it, and calls still running are cut.',
          },
        ]}
      />
      <Way
        id="for-teams" who="Your team shares provider keys" what="Everyone gets a virtual key with its own budget."
        steps={[
          {
            title: 'Store each provider key once',
            text: 'Keys for OpenAI, Anthropic, Google and others go into the team’s vault and leave the chat threads and .env files.',
          },
          {
            title: 'Hand out virtual keys',
            text: <>One <code>km_live_</code> key for each person, service or CI job, with a budget, allowed models and an end date.</>,
          },
          {
            title: 'Change the base URL',
            text: 'The official SDKs keep working as they are. Every call leaves a receipt with what it cost, to the fraction of a cent.',
          },
        ]}
      >
        <BaseUrlDiff origin={origin} />
      </Way>
      <Way
        id="for-hosts" who="You host it yourself" what="One process and PostgreSQL, on a machine of yours."
        steps={[
          { title: 'Start it', text: <><code>./run</code> does all set-up. Without a connection string it starts a private PostgreSQL of its own.</> },
          {
            title: 'Keep the ring file apart',
            text: 'It encrypts every key once more. Kept away from the database and its backups, a stolen copy of one without the other opens no key.',
          },
          {
            title: 'Watch it',
            text: <><code>/healthz</code> says alive, <code>/readyz</code> says ready for calls. More servers over the same database take more load.</>,
          },
        ]}
      />
    </section>
  );
}

function Way({ id, who, what, steps, children }: WayProps) {
  return (
    <section class="way" aria-labelledby={id}>
      <div class="way-head">
        <h3 id={id}>{who}</h3>
        <p class="muted">{what}</p>
      </div>
      <ol>
        {steps.map((step) => (
          <li>
            <h4>{step.title}</h4>
            <p>{step.text}</p>
          </li>
        ))}
      </ol>
      {children}
    </section>
  );
}
