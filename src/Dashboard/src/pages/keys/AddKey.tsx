import { useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { readForm, type Typed, type Wrong } from './key-form';
import { KeyFields } from './KeyFields';
import { addKey, type KeyRow } from './keys-api';
import type { Provider } from './providers';

interface AddKeyProps {
  readonly providers: readonly Provider[];
  readonly onAdded: (row: KeyRow) => void;
  readonly onClose: () => void;
}

export function AddKey({ providers, onAdded, onClose }: AddKeyProps) {
  // An app may ask for one provider only: then there is nothing to choose.
  const only = providers.length === 1 ? providers[0] : undefined;
  const [provider = only, setProvider] = useState<Provider>();
  return (
    <Dialog wide title={provider === undefined ? 'Add a provider key' : `Add a key of ${provider.name}`} onClose={onClose}>
      {provider === undefined
        ? <Choose providers={providers} onChoose={setProvider} />
        : <AddForm provider={provider} providers={providers} onAdded={onAdded} onChoose={setProvider} />}
    </Dialog>
  );
}

function Choose({ providers, onChoose }: { readonly providers: readonly Provider[]; readonly onChoose: (provider: Provider) => void }) {
  return (
    <>
      <p class="muted">Whose key is it?</p>
      <ul class="vendors">
        {providers.map((provider) => (
          <li><button type="button" class="button" onClick={() => { onChoose(provider); }}>{provider.name}</button></li>
        ))}
      </ul>
    </>
  );
}

function AddForm({ provider, providers, onAdded, onChoose }: {
  readonly provider: Provider; readonly providers: readonly Provider[];
  readonly onAdded: (row: KeyRow) => void; readonly onChoose: (provider: Provider | undefined) => void;
}) {
  const [typed, setTyped] = useState<Typed>({});
  const [label, setLabel] = useState('');
  const [wrong, setWrong] = useState<Wrong>({});
  const adding = useDeed();
  const managed = isManaged();

  const add = () => {
    const read = readForm(provider, typed);
    setWrong('wrong' in read ? read.wrong : {});
    if ('wrong' in read) return;
    adding.run(async () => { onAdded(await addKey(read, label.trim())); });
  };
  return (
    <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); add(); }}>
      <KeyFields
        provider={provider} providers={providers} fields={provider.fields} typed={typed} wrong={wrong}
        onChange={(next) => { setTyped(next); setWrong({}); }} onSwitch={onChoose}
      />
      <Field label="Name" optional value={label} onChange={setLabel} maxLength={100} hint="To tell it from others, like “work”. Names are not encrypted." />
      {adding.trouble && <Notice kind="bad">{adding.trouble.message}</Notice>}
      {adding.busy && (
        <Working>{managed ? 'Sending the key to the server, which encrypts it.' : 'Sealing the key in this browser and sending the envelope.'}</Working>
      )}
      <div class="actions">
        <button type="submit" class="button primary" aria-disabled={adding.busy}>{managed ? 'Send and add' : 'Seal and add'}</button>
        {providers.length > 1 && <button type="button" class="plain" onClick={() => { onChoose(undefined); }}>Another provider</button>}
      </div>
    </form>
  );
}
