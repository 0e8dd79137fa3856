import { useState } from 'preact/hooks';
import { theAccount } from '../app/session';
import { useDeed } from '../app/useDeed';
import { Dialog } from '../parts/Dialog';
import { Notice } from '../parts/Notice';
import { sameBudget, type Budget, type BudgetWire } from './budget';
import { budgetDraftOf, readBudgetDraft, wrongAt, type BudgetWrong } from './budget-draft';
import { BudgetFields } from './BudgetFields';

export interface EditBudgetProps {
  readonly title: string;
  readonly before: Budget | undefined;
  /** What it limits. */
  readonly label: string;
  readonly hint: string;
  /** Null takes it away. */
  readonly save: (wish: BudgetWire | null) => Promise<void>;
  readonly onDone: (wish: BudgetWire | null) => void;
  readonly onClose: () => void;
}

/** A question of its own, of something that has nothing else to change. */
export function EditBudget({ title, before, label, hint, save, onDone, onClose }: EditBudgetProps) {
  const [draft, setDraft] = useState(() => ({ ...budgetDraftOf(before, theAccount()?.timeZone ?? 'UTC'), limited: true }));
  const [wrong, setWrong] = useState<BudgetWrong>({});
  const saving = useDeed();
  const { busy, trouble } = saving;
  const told = wrongAt<keyof BudgetWire>(trouble, 'budget');

  const goOn = () => {
    const read = readBudgetDraft(draft);
    setWrong('wrong' in read ? read.wrong : {});
    saving.clear();
    if ('wrong' in read) return;
    const { wish } = read;
    if (sameBudget(before?.set ?? null, wish)) onClose();
    else saving.run(async () => { await save(wish); onDone(wish); });
  };
  const takesAway = before !== undefined && !draft.limited;
  return (
    <Dialog wide title={title} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); goOn(); }}>
        <BudgetFields
          draft={draft} before={before} legend="Budget" label={label} hint={hint} wrong={{ ...told, ...wrong }}
          onChange={(next) => { setDraft(next); setWrong({}); }}
        />
        {trouble && Object.keys(told).length === 0 && <Notice kind="bad">{trouble.message}</Notice>}
        <div class="actions">
          <button type="submit" class={takesAway ? 'button danger' : 'button primary'} aria-disabled={busy}>
            {takesAway ? 'Take the budget away' : before === undefined ? 'Set the budget' : 'Save the budget'}
          </button>
          <button type="button" class="plain" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}
