import { useState } from 'preact/hooks';
import { theAccount } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { endIn, never, timesToEnd } from '../../parts/ends';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Working } from '../../parts/Working';
import type { UsableKeys } from '../keys/usable-keys';
import { draftOf, limitsOf, listIn, moneyOf, usableOf, wrongIn, wrongTold, type Draft } from './draft';
import { changeVirtualKey, type VirtualKey } from './virtual-keys-api';
import { VirtualKeyFields } from './VirtualKeyFields';

interface EditProps {
  readonly row: VirtualKey;
  readonly usable: UsableKeys;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const asItIs = 'as it is';
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });

export function EditVirtualKey({ row, usable, onDone, onClose }: EditProps) {
  // A key that is gone, or altered, cannot be sealed again: what remains of the list is what can be shown.
  const [draft, setDraft] = useState<Draft>(() => ({
    ...draftOf(row, theAccount()?.timeZone ?? 'UTC'), keyIds: usableOf(row.keyIds, usable).map(({ id }) => id),
  }));
  const [days, setDays] = useState(asItIs);
  const [tried, setTried] = useState(false);
  const saving = useDeed();
  const { busy, trouble } = saving;
  const wrong = wrongIn(draft, row.test);
  const told = wrongTold(trouble);
  const ends = [
    { value: asItIs, label: row.expiresAt === undefined ? 'Never, as it is' : `${day.format(new Date(row.expiresAt))}, as it is` },
    ...timesToEnd.map(({ value, label }) => ({ value, label: `${label} from now` })),
    ...(row.expiresAt === undefined ? [] : [{ value: never, label: 'Never, until I delete it' }]),
  ];

  const save = () => {
    setTried(true);
    const money = moneyOf(draft);
    if (Object.keys(wrong).length > 0 || money === undefined) return;
    saving.run(async () => {
      const items = usableOf(draft.keyIds, usable);
      const expiresAt = days === asItIs ? undefined : endIn(days) ?? null;
      await changeVirtualKey(row, { name: draft.name.trim(), tags: listIn(draft.tags), items, limits: limitsOf(draft), ...money, expiresAt });
      onDone();
    });
  };
  return (
    <Dialog wide title={`Change ${row.name}`} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); save(); }}>
        <p class="muted">What you change counts from its next call on. The key itself stays the same.</p>
        <VirtualKeyFields
          draft={draft} onChange={(next) => { setDraft(next); saving.clear(); }} usable={usable} budget={row.budget}
          wrong={{ ...told, ...(tried && wrong) }}
        />
        <SelectField label="Ends" value={days} options={ends} onChange={setDays} />
        {trouble && Object.keys(told).length === 0 && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && <Working>Changing it, and sealing for it what it did not hold.</Working>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Save the changes</button></div>
      </form>
    </Dialog>
  );
}
