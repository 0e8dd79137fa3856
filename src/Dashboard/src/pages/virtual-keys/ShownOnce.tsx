import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/Dialog';
import { SecretLine } from '../../parts/SecretLine';
import { SelectField } from '../../parts/SelectField';
import { Snippet } from '../../parts/Snippet';
import { ShownOnceNotice } from '../keys/ShownOnceNotice';
import { snippetsFor } from './snippets';

export interface Shown {
  /** What was done. */
  readonly title: string;
  readonly credential: string;
  readonly providers: readonly string[];
  readonly models: readonly string[];
}

/** The one time that the credential is on screen, with what to do with it. */
export function ShownOnce({ shown: { title, credential, providers, models }, onClose }: { readonly shown: Shown; readonly onClose: () => void }) {
  const snippets = snippetsFor({ origin: location.origin, providers, models });
  const [way, setWay] = useState(snippets[0]?.value ?? '');
  const chosen = snippets.find(({ value }) => value === way);
  return (
    <Dialog wide title={title} onClose={onClose}>
      <div class="form">
        <ShownOnceNotice />
        <SecretLine label="Virtual key" text={credential} copy="Copy the key" />
        {chosen && (
          <Snippet
            title={<SelectField label="Call with it" value={way} options={snippets} onChange={setWay} />}
            label={`Example for ${chosen.label}`} text={chosen.text} copy="Copy the example"
          >
            <p class="small muted">
              {chosen.note ?? <>Keep the key in the environment as <code>KEYPASS_KEY</code>, so that it stands in no file of your project.</>}
            </p>
          </Snippet>
        )}
        <div class="actions"><button type="button" class="button primary" onClick={onClose}>I have kept it</button></div>
      </div>
    </Dialog>
  );
}
