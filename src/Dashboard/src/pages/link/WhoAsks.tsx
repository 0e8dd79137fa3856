import { dollars, nanoOfCents } from '../../budgets/money';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import type { Consent } from './consent-api';

/** Who asks, and whether anybody vouches for the name. All of it was written by strangers, and is text. */
export function WhoAsks({ consent: { app, reason, isUpdate, budgetCents } }: { readonly consent: Consent }) {
  return (
    <>
      <div class="asker">
        {app.logo?.startsWith('data:image/') && <img src={app.logo} alt="" width="48" height="48" />}
        <div>
          <h1>{isUpdate ? `${app.name} asks for a change` : `${app.name} asks to use your AI keys`}</h1>
          <p class="muted">{app.domain ?? 'Not verified'} {app.test && <Pill tone="calm">Test mode</Pill>}</p>
        </div>
      </div>
      {app.domain === undefined && (
        <Notice kind="warn">Nobody has verified who runs this app. Go on only if you came here from it yourself and trust it.</Notice>
      )}
      {reason !== undefined && <blockquote class="reason">{reason}</blockquote>}
      <p>It asks for up to {dollars(nanoOfCents(budgetCents))}. You decide how much it gets.</p>
    </>
  );
}
