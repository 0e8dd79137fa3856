import { useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SecretLine } from '../../parts/SecretLine';
import { SelectField } from '../../parts/SelectField';
import { Snippet } from '../../parts/Snippet';
import { Ticks } from '../../parts/Ticks';
import { Working } from '../../parts/Working';
import { endIn, never, timesToEnd } from '../../parts/ends';
import { KeyTicks } from '../keys/KeyTicks';
import { ShownOnceNotice } from '../keys/ShownOnceNotice';
import { readUsableKeys } from '../keys/usable-keys';
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

const lives = [...timesToEnd, { value: never, label: 'Never, until I revoke it' }];

function CreateForm({ onMade, onClose }: { readonly onMade: (made: Made) => void; readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>(['deposit']);
  const [keyIds, setKeyIds] = useState<readonly string[]>([]);
  const [days, setDays] = useState('90');
  const [tried, setTried] = useState(false);
  const vault = useLoaded(readUsableKeys);
  const creating = useDeed();
  const delegates = chosen.includes('delegate');

  const create = () => {
    setTried(true);
    if (name.trim() === '' || chosen.length === 0) return;
    creating.run(async () => {
      const items = delegates ? (vault.data?.rows ?? []).filter(({ id }) => keyIds.includes(id)) : [];
      const credential = await createToken({ name: name.trim(), scopes: chosen, items, expiresAt: endIn(days) });
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
          <KeyTicks legend="Keys it may hand on" usable={vault.data} chosen={keyIds} onChange={setKeyIds} />
        )}
        {delegates && vault.data?.rows.length === 0 && <Notice
          kind="calm">Your vault holds no key to hand on yet. The token can hand on those it puts in itself.</Notice>}
        {vault.trouble && delegates && <Notice kind="bad">{vault.trouble.message}</Notice>}
        <SelectField label="Ends after" value={days} options={lives} onChange={setDays} />
        {creating.trouble && <Notice kind="bad">{creating.trouble.message}</Notice>}
        {creating.busy && (
          <Working>Making the token{!isManaged() && ' in this browser'}{keyIds.length > 0 && delegates && ' and sealing its keys for it'}.</Working>
        )}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={creating.busy}>Make the token</button></div>
      </form>
    </Dialog>
  );
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
        <ShownOnceNotice />
        <SecretLine label="Management token" text={made.credential} copy="Copy the token" />
        {made.deposits && (
          <Snippet title={<p class="legend">Put a key in with it</p>} label="Command that puts a key in" text={deposit} copy="Copy the command">
            <p class="small muted">
              Keep the token in <code>KEYPASS_TOKEN</code>, as a secret of your CI. So neither stands in a script or a shell’s history.
            </p>
          </Snippet>
        )}
        <div class="actions"><button type="button" class="button primary" onClick={onClose}>I have kept it</button></div>
      </div>
    </Dialog>
  );
}
