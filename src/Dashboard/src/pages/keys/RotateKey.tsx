import { useState } from 'preact/hooks';
import { isManaged } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { isPlace, readSecret, type Typed, type Wrong } from './key-form';
import { KeyFields } from './KeyFields';
import type { KeyRow } from './keys-api';
import type { Provider } from './providers';
import { rotateKey } from './rotate-key';

interface RotateKeyProps {
  readonly row: KeyRow;
  readonly name: string;
  readonly provider: Provider;
  readonly providers: readonly Provider[];
  /** With the ids of grants that still use the old key. */
  readonly onRotated: (stillOnOldKey: readonly string[]) => void;
  readonly onClose: () => void;
}

export function RotateKey({ row, name, provider, providers, onRotated, onClose }: RotateKeyProps) {
  const [typed, setTyped] = useState<Typed>({});
  const [wrong, setWrong] = useState<Wrong>({});
  const rotating = useDeed();

  const rotate = () => {
    const read = readSecret(provider, typed, row.origin);
    setWrong('wrong' in read ? read.wrong : {});
    if ('wrong' in read) return;
    rotating.run(async () => { onRotated(await rotateKey(row, read)); });
  };
  return (
    <Dialog title={`Rotate ${name}`} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); rotate(); }}>
        <p class="muted">
          Make a new key at {provider.name}, paste it here, and revoke the old one there afterwards. Apps and virtual keys go over to the new one by
          themselves.
        </p>
        <KeyFields
          provider={provider} providers={providers} fields={provider.fields.filter((field) => !isPlace(field.name))} typed={typed} wrong={wrong}
          onChange={(next) => { setTyped(next); setWrong({}); }}
        />
        {rotating.trouble && <Notice kind="bad">{rotating.trouble.message}</Notice>}
        {rotating.busy && <Working>{isManaged() ? 'Sending the new key' : 'Sealing the new key'} for everything that used the old one.</Working>}
        <div class="actions">
          <button type="submit" class="button primary" aria-disabled={rotating.busy}>Put the new key in its place</button>
        </div>
      </form>
    </Dialog>
  );
}
