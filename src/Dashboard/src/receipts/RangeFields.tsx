import { useId } from 'preact/hooks';
import type { Query } from '../app/useQuery';
import { reader } from '../budgets/reader';
import { dayMs, dayOf } from '../budgets/window';
import { SelectField, type SelectOption } from '../parts/SelectField';
import { dayName, isDay, spanOf } from './range';

export const ranges: readonly SelectOption[] = [
  { value: 'today', label: 'Today' }, { value: '7d', label: '7 days' }, { value: '30d', label: '30 days' }, { value: 'month', label: 'This month' },
  { value: 'own', label: 'From … to …' },
];

/** Which days, and where they are the person's own, from when to when. */
export function RangeFields({ range, query, options, onChange }: {
  readonly range: string; readonly query: Query; readonly options: readonly SelectOption[]; readonly onChange: (change: Query) => void;
}) {
  const { timeZone, now } = reader();
  const today = dayOf(now, timeZone);
  const begin = (chosen: string) => {
    onChange(chosen === 'own' ? { range: chosen, from: dayName(today - 6 * dayMs), to: dayName(today) } : { range: chosen, from: '', to: '' });
  };
  const wrong = range === 'own' && spanOf(range, query, { timeZone, now }) === undefined;
  return (
    <>
      <SelectField label="Days" value={range} options={options} onChange={begin} wrong={wrong ? 'Choose two days, the first before the last.' : undefined} />
      {range === 'own' && <DayField label="First day" value={query['from'] ?? ''} onChange={(from) => { onChange({ from }); }} />}
      {range === 'own' && <DayField label="Last day" value={query['to'] ?? ''} onChange={(to) => { onChange({ to }); }} />}
    </>
  );
}

function DayField({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (day: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="date" value={isDay(value) ? value : ''} onChange={(event) => { onChange(event.currentTarget.value); }} />
    </div>
  );
}
