import { useState } from 'preact/hooks';
import type { Budget } from '../../budgets/budget';
import { BudgetFields } from '../../budgets/BudgetFields';
import { Field } from '../../parts/Field';
import { Ticks } from '../../parts/Ticks';
import { KeyTicks } from '../keys/KeyTicks';
import { nameOf, vendorOf } from '../keys/names';
import type { UsableKeys } from '../keys/usable-keys';
import { orderIn, usableOf, type Draft, type DraftWrong } from './draft';
import { RateFields } from './RateFields';

export interface VirtualKeyFieldsProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly usable: UsableKeys;
  readonly wrong: DraftWrong;
  /** Of a key that has one. */
  readonly budget?: Budget | undefined;
}

/** What is asked of a new key and of one that is changed. */
export function VirtualKeyFields({ draft, onChange, usable, wrong, budget }: VirtualKeyFieldsProps) {
  const set = (part: Partial<Draft>) => { onChange({ ...draft, ...part }); };
  const orders = orderIn(usableOf(draft.keyIds, usable), (row) => nameOf(vendorOf(usable.providers, row), row));
  return (
    <>
      <Field
        label="Name" autofocus value={draft.name} onChange={(name) => { set({ name }); }} maxLength={100} wrong={wrong.name}
        hint={<p>Who or what calls with it, like “support bot” or “Ben’s laptop”. Names are not encrypted.</p>}
      />
      <Field
        label="Tags" optional value={draft.tags} onChange={(tags) => { set({ tags }); }}
        hint={<p>To add up what was spent by them, like <code>team-blue, staging</code>. Separated by commas.</p>}
      />
      {usable.rows.length > 0 && (
        <KeyTicks legend="Provider keys it calls with" usable={usable} chosen={draft.keyIds} onChange={(keyIds) => { set({ keyIds }); }} wrong={wrong.keyIds} />
      )}
      {orders.map((order) => <p class="small muted">Of one vendor the first is used, by the order of your ticks: {order}.</p>)}
      <Field
        label="Models" optional exact lines={2} value={draft.models} onChange={(models) => { set({ models }); }} wrong={wrong.models}
        hint={<p>One a line; a star stands for any letters, like <code>gpt-5*</code>. Empty: every model of its keys.</p>}
      />
      <BudgetFields
        draft={draft.budget} before={budget} onChange={(next) => { set({ budget: next }); }} wrong={wrong.budget ?? {}}
        legend="Budget" label="Limit what it spends"
        hint="No call goes out that could cost more than is left. Models whose price nobody knows are refused then."
      />
      <MoreLimits draft={draft} set={set} usable={usable} wrong={wrong} />
    </>
  );
}

const routes = [
  { value: 'text', label: 'Text', hint: 'Chat, responses, messages, completions' },
  { value: 'embeddings', label: 'Embeddings' },
  { value: 'images', label: 'Images' },
  { value: 'audio', label: 'Audio', hint: 'Speech and transcriptions' },
  { value: 'moderations', label: 'Moderations' },
];

function MoreLimits({ draft, set, usable, wrong }: {
  readonly draft: Draft; readonly set: (part: Partial<Draft>) => void; readonly usable: UsableKeys; readonly wrong: DraftWrong;
}) {
  const { providers: vendors, routes: kinds, cancelsOnHangUp, rates } = draft;
  // As it was left: it does not fold away under who takes the last limit out of it, or puts right what was wrong.
  const [open, setOpen] = useState(vendors.length + kinds.length > 0 || cancelsOnHangUp || Object.values(rates).some((typed) => typed !== ''));
  // Also one that its keys no longer name: what is set is shown.
  const ids = [...new Set([...usable.rows.map(({ provider }) => provider), ...draft.providers])];
  const providers = ids.map((id) => ({ value: id, label: usable.providers.find((one) => one.id === id)?.name ?? id }));
  return (
    <details class="more-limits" open={open || wrong.rates !== undefined} onToggle={(event) => { setOpen(event.currentTarget.open); }}>
      <summary>More limits</summary>
      <div class="form">
        <RateFields draft={rates} onChange={(next) => { set({ rates: next }); }} wrong={wrong.rates ?? {}} />
        {providers.length > 1 && (
          <Ticks legend="Only these vendors" options={providers} chosen={draft.providers} onChange={(chosen) => { set({ providers: chosen }); }} />
        )}
        <Ticks legend="Only these kinds of calls" options={routes} chosen={draft.routes} onChange={(chosen) => { set({ routes: chosen }); }} />
        <p class="small muted">Where nothing is ticked, there is no such limit.</p>
        <Ticks
          legend="When a caller hangs up" chosen={draft.cancelsOnHangUp ? ['cancel'] : []}
          onChange={(chosen) => { set({ cancelsOnHangUp: chosen.length > 0 }); }}
          options={[{
            value: 'cancel', label: 'Break the call off at the vendor',
            hint: 'Otherwise the answer is read to its end, so that what it cost is known exactly.',
          }]}
        />
      </div>
    </details>
  );
}
