import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Working } from '../../parts/Working';
import type { UsableKeys } from '../keys/usable-keys';
import { usableOf } from './draft';
import { ShownOnce, type Shown } from './ShownOnce';
import { calledBy, rotateVirtualKey, type VirtualKey } from './virtual-keys-api';

interface RotateProps {
  readonly row: VirtualKey;
  readonly usable: UsableKeys;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

const overlaps = [
  { value: '3600', label: 'For an hour' }, { value: '86400', label: 'For a day' }, { value: '0', label: 'No longer: it is refused at once' },
];

export function RotateVirtualKey({ row, usable, onMade, onClose }: RotateProps) {
  const [overlap, setOverlap] = useState('3600');
  const [shown, setShown] = useState<Shown>();
  const rotating = useDeed();
  if (shown !== undefined) return <ShownOnce shown={shown} onClose={onClose} />;
  const rotate = () => {
    rotating.run(async () => {
      const credential = await rotateVirtualKey(row, Number(overlap));
      const providers = calledBy(row.test, usableOf(row.keyIds, usable));
      setShown({ title: `“${row.name}” has a new key`, credential, providers, models: row.limits.models });
      onMade();
    });
  };
  return (
    <Dialog title={`Rotate ${row.name}?`} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); rotate(); }}>
        <p>You get a new key with the same name, limits and record. Give it to what calls with the old one, which ends with …{row.hint}.</p>
        <SelectField
          label="The old one works on" value={overlap} options={overlaps} onChange={setOverlap}
          hint={<p>Where somebody else may have it, let it end at once.</p>}
        />
        {rotating.trouble && <Notice kind="bad">{rotating.trouble.message}</Notice>}
        {rotating.busy && <Working>Making the new key.</Working>}
        <div class="actions">
          <button type="submit" class="button primary" aria-disabled={rotating.busy}>Make the new key</button>
          <button type="button" class="plain" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}
