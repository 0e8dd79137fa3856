import { useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { CopyButton } from '../../parts/CopyButton';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Ticks } from '../../parts/Ticks';
import { Working } from '../../parts/Working';
import { listKeys } from '../keys/keys-api';
import { vendorOf } from '../keys/names';
import { listProviders } from '../keys/providers';
import { createToken, scopes } from './tokens-api';

interface CreateTokenProps {
  readonly onMade: () => void;
  readonly onClose: () => void;
}

interface Made {
  readonly name: string;
  readonly credential: string;
  readonly deposits: boolean;
}

export function CreateToken({ onMade, onClose }: CreateTokenProps) {
  const [made, setMade] = useState<Made>();
  if (made !== undefined) return <ShownOnce made={made} onClose={onClose} />;
  return <CreateForm onClose={onClose} onMade={(next) => { setMade(next); onMade(); }} />;
}

const dayMs = 86_400_000;
const lives = [
  { value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'One year' }, { value: '', label: 'Never, until I revoke it' },
];

function CreateForm({ onMade, onClose }: { readonly onMade: (made: Made) => void; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['deposit']);
  const [keyIds, setKeyIds] = useState<readonly string[]>([]);
  const [days, setDays] = useState('90');
  const [tried, setTried] = useState(false);
  const vault = useLoaded(readKeys);
  const creating = useDeed();
  const delegates = chosen.includes('delegate');

  const create = () => {
    setTried(true);
    if (name.trim() === '' || chosen.length === 0) return;
    creating.run(async () => {
      const items = delegates ? (vault.data?.rows ?? []).filter(({ id }) => keyIds.includes(id)) : [];
      const expiresAt = days === '' ? undefined : new Date(Date.now() + Number(days) * dayMs).toISOString();
      const credential = await createToken({ name: name.trim(), scopes: chosen, items, expiresAt });
      onMade({ name: name.trim(), credential, deposits: chosen.includes('deposit') });
    });
  };
  return (
    <Dialog wide title="Make a management token" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); create(); }}>
        <Field
          label="Name" autofocus value={name} onChange={setName} maxLength={100}
            hint={<p>Where it will live, like “CI of the web shop”. Names are not encrypted.</p>}
          wrong={tried && name.trim() === '' ? 'Give it a name.' : undefined}
        />
        <Ticks legend="What it may do" options={scopes} chosen={chosen} onChange={setChosen}
          wrong={tried && chosen.length === 0 ? 'Tick at least one.' : undefined} />
        {delegates && vault.data !== undefined && vault.data.rows.length > 0 && (
          <Ticks
            legend="Keys it may hand on" chosen={keyIds} onChange={setKeyIds}
            options={vault.data.rows.map((row) => ({ value: row.id, label: vendorOf(vault.data?.providers ?? [], row), hint: row.label }))}
          />
        )}
        {delegates && vault.data?.rows.length === 0 && <Notice
          kind="calm">Your vault holds no key to hand on yet. The token can hand on those it puts in itself.</Notice>}
        {vault.trouble && delegates && <Notice kind="bad">{vault.trouble.message}</Notice>}
        <SelectField label="Ends after" value={days} options={lives} onChange={setDays} />
        {creating.trouble && <Notice kind="bad">{creating.trouble.message}</Notice>}
        {creating.busy && <Working>Making the token{isManaged() ? '' : ' in this browser'}{keyIds.length > 0 && delegates ? ' and sealing its keys for it' : ''}.</Working>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={creating.busy}>Make the token</button></div>
      </form>
    </Dialog>
  );
}

async function readKeys() {
  const [rows, providers] = await Promise.all([listKeys(), listProviders()]);
  return { rows: rows.filter(({ status, broken }) => status === 'active' && !broken), providers };
}

function ShownOnce({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const deposit = [
    `curl ${location.origin}/v1/keys \\`,
    '  -H "Authorization: Bearer $KEYPASS_TOKEN" \\',
    '  -H "Content-Type: application/json" \\',
    '  -d "{\\"provider\\": \\"openai\\", \\"apiKey\\": \\"$OPENAI_API_KEY\\"}"',
  ].join('\n');
  return (
    <Dialog wide title={`“${made.name}” is made`} onClose={onClose}>
      <div class="form">
        <Notice kind="warn"><p><b>It is shown once, here and now.</b> {isManaged() ? 'The' : 'It was made in this browser; the'} server keeps only what checks it.</p></Notice>
        <div class="secret-line">
          <code aria-label="Management token">{made.credential}</code>
          <CopyButton text={made.credential} label="Copy the token" secret />
        </div>
        {made.deposits && (
          <div class="with-snippet">
            <p class="legend">Put a key in with it</p>
            <div class="snippet">
              <pre tabIndex={0} aria-label="Command that puts a key in"><code>{deposit}</code></pre>
              <CopyButton text={deposit} label="Copy the command" />
            </div>
            <p class="small muted">Keep the token in <code>KEYPASS_TOKEN</code>, as a secret of your CI. So neither stands in a script or a shell’s history.</p>
          </div>
        )}
        <div class="actions"><button type="button" class="button primary" onClick={onClose}>I have kept it</button></div>
      </div>
    </Dialog>
  );
}
