import { useState } from 'preact/hooks';
import { SelectField } from '../../parts/SelectField';
import { Snippet } from '../../parts/Snippet';
import type { App } from './apps-api';
import { snippetsFor } from './snippets';

/** What to paste, with this server's address and the app's client id in it. */
export function Code({ app: { clientId, origins } }: { readonly app: App }) {
  const snippets = snippetsFor({ origin: location.origin, clientId, origins });
  const [way, setWay] = useState('node');
  const chosen = snippets.find(({ value }) => value === way);
  return chosen && (
    <Snippet
      title={<SelectField label="Where" value={way} options={snippets} onChange={setWay} />}
      label={`Example: ${chosen.label}`} text={chosen.text} copy="Copy the example"
    >
      {chosen.note === 'secret'
        ? <p class="small muted">The client secret comes from the environment, as <code>KEYPASS_CLIENT_SECRET</code>. It never goes to a browser.</p>
        : (
          <p class="small muted">
            The page’s origin has to be one of the app’s, and its Content-Security-Policy needs <code>frame-src {location.origin}</code>.
          </p>
        )}
    </Snippet>
  );
}
