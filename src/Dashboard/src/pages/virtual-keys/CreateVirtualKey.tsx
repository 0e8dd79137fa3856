import { useState } from 'preact/hooks';
import { isManaged, theAccount } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Choice } from '../../parts/Choice';
import { Dialog } from '../../parts/Dialog';
import { endIn, never, timesToEnd } from '../../parts/ends';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Working } from '../../parts/Working';
import type { UsableKeys } from '../keys/usable-keys';
import { emptyDraft, limitsOf, listIn, moneyOf, usableOf, wrongIn, wrongTold, type Draft } from './draft';
import { ShownOnce, type Shown } from './ShownOnce';
import { calledBy, createVirtualKey } from './virtual-keys-api';
import { VirtualKeyFields } from './VirtualKeyFields';

interface CreateProps {
  readonly usable: UsableKeys;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

export function CreateVirtualKey({ usable, onMade, onClose }: CreateProps) {
  const [shown, setShown] = useState<Shown>();
  if (shown !== undefined) return <ShownOnce shown={shown} onClose={onClose} />;
  return <CreateForm usable={usable} onClose={onClose} onMade={(next) => { setShown(next); onMade(); }} />;
}

const modes = [
  { value: 'live', label: 'Live', hint: 'Calls the vendors of its keys. They cost what they cost.' },
  { value: 'test', label: 'Test', hint: 'Calls the sandbox and nothing else: answers are made up, and cost nothing real. It needs no provider key.' },
];
const lives = [{ value: never, label: 'Never, until I delete it' }, ...timesToEnd];

function CreateForm({ usable, onMade, onClose }: { readonly usable: UsableKeys; readonly onMade: (shown: Shown) => void; readonly onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(() => ({
    ...emptyDraft(theAccount()?.timeZone ?? 'UTC'), keyIds: usable.rows.length === 1 ? usable.rows.map(({ id }) => id) : [],
  }));
  const [mode, setMode] = useState(usable.rows.length === 0 ? 'test' : 'live');
  const [days, setDays] = useState(never);
  const [tried, setTried] = useState(false);
  const creating = useDeed();
  const { busy, trouble } = creating;
  const test = mode === 'test';
  const wrong = wrongIn(draft, test);
  const told = wrongTold(trouble);

  const create = () => {
    setTried(true);
    const money = moneyOf(draft);
    if (Object.keys(wrong).length > 0 || money === undefined) return;
    creating.run(async () => {
      const items = usableOf(draft.keyIds, usable);
      const name = draft.name.trim();
      const credential = await createVirtualKey({ name, tags: listIn(draft.tags), test, items, limits: limitsOf(draft), ...money, expiresAt: endIn(days) });
      onMade({ title: `“${name}” is made`, credential, providers: calledBy(test, items), models: listIn(draft.models) });
    });
  };
  return (
    <Dialog wide title="Make a virtual key" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); create(); }}>
        <VirtualKeyFields
          draft={draft} onChange={(next) => { setDraft(next); creating.clear(); }} usable={usable} wrong={{ ...told, ...(tried && wrong) }}
        />
        <SelectField label="Ends after" value={days} options={lives} onChange={setDays} />
        <Choice legend="Mode" options={modes} chosen={mode} onChange={setMode} />
        {/* Without keys there is nothing to tick, and so no place that could say it. */}
        {tried && wrong.keyIds !== undefined && usable.rows.length === 0 && (
          <Notice kind="bad">
            A live key calls with a provider key, and you have none yet. <a href="/keys">Add a provider key</a>, or make this a test key.
          </Notice>
        )}
        {trouble && Object.keys(told).length === 0 && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && <Working>{isManaged() ? 'Making the key.' : 'Making the key in this browser and sealing its provider keys for it.'}</Working>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Make the key</button></div>
      </form>
    </Dialog>
  );
}
