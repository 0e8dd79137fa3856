import '../../receipts/receipts.css';
import './migrate.css';
import { useId, useState } from 'preact/hooks';
import { CopyButton } from '../../parts/CopyButton';
import { Diff } from '../../parts/Diff';
import { SelectField } from '../../parts/SelectField';
import { Snippet } from '../../parts/Snippet';
import { snippetsFor } from '../virtual-keys/snippets';
import { Checker } from './Checker';
import { migrationPrompt } from './prompt';

/** From calling a provider to calling through this server: what changes, who may do it for you, and whether it works. */
export function MigratePage() {
  return (
    <div class="content">
      <div class="content-head">
        <div>
          <h1>Migrate a program</h1>
          <p class="muted">Two values change: the base address, and the key. The SDK, the models, streaming, tools and errors stay.</p>
        </div>
      </div>
      <Change />
      <Assistant />
      <Checker />
    </div>
  );
}

function Change() {
  const ways = snippetsFor({ origin: location.origin, providers: [], models: [] });
  const [way, setWay] = useState('openai-python');
  const chosen = ways.find(({ value }) => value === way);
  const id = useId();
  return (
    <section class="migrate" aria-labelledby={id}>
      <div class="migrate-head">
        <h2 id={id}>What changes</h2>
        <p class="muted">Keep the <a href="/virtual-keys">virtual key</a> in the environment as <code>KEYPASS_KEY</code>, one for each program.</p>
      </div>
      <div class="swap">
        <div class="swap-head">
          <SelectField label="In" value={way} options={ways} onChange={setWay} />
          {chosen && <CopyButton text={chosen.text} label={`Copy the new code for ${chosen.label}`} />}
        </div>
        {chosen && <Diff lines={chosen.lines} labelledBy={id} />}
        {chosen?.note !== undefined && <p class="small muted">{chosen.note}</p>}
        <p class="small muted">Another SDK, or another provider’s address? <a href="/docs/sdks">The table of SDKs</a> has them.</p>
      </div>
    </section>
  );
}

function Assistant() {
  const id = useId();
  return (
    <section class="migrate" aria-labelledby={id}>
      <div class="migrate-head">
        <h2 id={id}>Let an assistant do it</h2>
        <p class="muted">Give this to the assistant that works on your code. It has this server’s address and paths, and no key.</p>
      </div>
      <Snippet title={null} label="Prompt for an assistant" text={migrationPrompt(location.origin)} copy="Copy the prompt" />
    </section>
  );
}
