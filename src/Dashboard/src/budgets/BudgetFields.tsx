import './budgets.css';
import { useId } from 'preact/hooks';
import { Field } from '../parts/Field';
import { Notice } from '../parts/Notice';
import { SelectField } from '../parts/SelectField';
import { Ticks } from '../parts/Ticks';
import { zonesWith } from '../parts/zones';
import type { Budget, Period } from './budget';
import { readBudgetDraft, type BudgetDraft, type BudgetWrong } from './budget-draft';
import { effectOf } from './effect';
import { reader } from './reader';
import { SpendBar } from './SpendBar';

export interface BudgetFieldsProps {
  readonly draft: BudgetDraft;
  readonly onChange: (draft: BudgetDraft) => void;
  readonly wrong: BudgetWrong;
  /** What is set now. */
  readonly before?: Budget | undefined;
  /** What it limits, in the words of the place. */
  readonly legend: string;
  readonly label: string;
  readonly hint?: string;
}

/** What may be spent, how often that begins anew, and what will be once it is saved. */
export function BudgetFields({ draft, onChange, wrong, before, legend, label, hint }: BudgetFieldsProps) {
  const set = (part: Partial<BudgetDraft>) => { onChange({ ...draft, ...part }); };
  const effectId = useId();
  const read = readBudgetDraft(draft);
  const effect = 'wish' in read ? effectOf(before, read.wish, reader()) : undefined;
  return (
    <div class="form" role="group" aria-label={legend} aria-describedby={effectId}>
      <Ticks
        legend={legend} chosen={draft.limited ? ['limited'] : []} onChange={(chosen) => { set({ limited: chosen.length > 0 }); }}
        options={[{ value: 'limited', label, hint }]}
      />
      {before && <SpendBar budget={before} label="Spent of the present budget" />}
      {draft.limited && <Limit draft={draft} set={set} wrong={wrong} />}
      <div id={effectId} role="status">
        {effect && <Notice kind={effect.kind}>{effect.sentences.map((sentence) => <p>{sentence}</p>)}</Notice>}
      </div>
    </div>
  );
}

const periods: readonly { readonly value: Period; readonly label: string }[] = [
  { value: 'none', label: 'Never' }, { value: 'daily', label: 'Every day' }, { value: 'weekly', label: 'Every week' },
  { value: 'monthly', label: 'Every month' }, { value: 'custom', label: 'Every so many days' },
];
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((label, day) => ({ value: String(day + 1), label }));
const monthDays = Array.from({ length: 31 }, (_, day) => ({ value: String(day + 1), label: `the ${ordinal(day + 1)}` }));

function Limit({ draft, set, wrong }: {
  readonly draft: BudgetDraft; readonly set: (part: Partial<BudgetDraft>) => void; readonly wrong: BudgetWrong;
}) {
  const { period } = draft;
  return (
    <div class="budget-fields">
      <div class="side-by-side">
        <Field label="At most, in US dollars" digits value={draft.dollars} onChange={(dollars) => { set({ dollars }); }} wrong={wrong.limitCents} />
        <SelectField
          label="Begins anew" value={period} options={periods} wrong={wrong.period}
          onChange={(next) => { set({ period: periods.find(({ value }) => value === next)?.value ?? 'none' }); }}
        />
        {period === 'weekly' && (
          <SelectField label="On" value={draft.weekday} options={weekdays} onChange={(weekday) => { set({ weekday }); }} wrong={wrong.anchorDay} />
        )}
        {period === 'monthly' && (
          <SelectField
            label="On" value={draft.monthDay} options={monthDays} onChange={(monthDay) => { set({ monthDay }); }} wrong={wrong.anchorDay}
            hint={Number(draft.monthDay) > 28 && <p>In a shorter month, on its last day.</p>}
          />
        )}
        {period === 'custom' && <Field label="Days" digits value={draft.days} onChange={(days) => { set({ days }); }} wrong={wrong.days} />}
        {period !== 'none' && (
          <SelectField
            label="At midnight of" value={draft.timeZone} options={zonesWith(draft.timeZone)} onChange={(timeZone) => { set({ timeZone }); }}
            wrong={wrong.timeZone}
          />
        )}
      </div>
      <Ticks
        legend="When a call does not fit into what is left" chosen={draft.clamp ? ['clamp'] : []} wrong={wrong.clamp}
        onChange={(chosen) => { set({ clamp: chosen.length > 0 }); }}
        options={[{
          value: 'clamp', label: 'Make it shorter',
          hint: 'It is sent with room for less output, so that its answer may stop early; its receipt says so. Otherwise it is refused.',
        }]}
      />
    </div>
  );
}

function ordinal(day: number): string {
  const end = day % 10 === 1 && day !== 11 ? 'st' : day % 10 === 2 && day !== 12 ? 'nd' : day % 10 === 3 && day !== 13 ? 'rd' : 'th';
  return `${day}${end}`;
}
