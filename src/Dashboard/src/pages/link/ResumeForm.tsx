import { useDeed } from '../../app/useDeed';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { Entrance } from '../entrance/Entrance';
import { resume, type Consent } from './consent-api';

interface ResumeFormProps {
  readonly linkToken: string;
  readonly consent: Consent;
  readonly onResumed: () => void;
}

/** Approved before, and what the app was to get never came there: the window was closed too soon, or the network failed. */
export function ResumeForm({ linkToken, consent, onResumed }: ResumeFormProps) {
  const deed = useDeed();
  const { busy, trouble } = deed;
  const { name } = consent.app;
  return (
    <Entrance
      title={`${name} has not fetched it yet`}
      lead={<p>You agreed to connect {name}, and what it was to get did not arrive there. Hand it over again: what you agreed to stays as it was.</p>}
    >
      {trouble && <Notice kind="bad">{trouble.message}</Notice>}
      {busy && <Working>Making anew what {name} is to get.</Working>}
      <div class="actions">
        <button
          type="button" class="button primary" aria-disabled={busy}
          onClick={() => {
            deed.run(async () => {
              await resume(linkToken, consent);
              onResumed();
            });
          }}
        >
          Hand it over again
        </button>
        <a class="button" href="/connections">Your connections</a>
      </div>
    </Entrance>
  );
}
