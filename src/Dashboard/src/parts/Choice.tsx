import './form.css';
import { useId } from 'preact/hooks';
import type { TickOption } from './Ticks';

/** One of a few, each with what it means. */
export function Choice({ legend, options, chosen, onChange }: {
  readonly legend: string; readonly options: readonly TickOption[]; readonly chosen: string; readonly onChange: (chosen: string) => void;
}) {
  const name = useId();
  return (
    <fieldset class="ticks">
      <legend class="legend">{legend}</legend>
      {options.map(({ value, label, hint }) => (
        <label>
          <input type="radio" name={name} value={value} checked={value === chosen} onChange={() => { onChange(value); }} />
          <span>
            <b>{label}</b>
            {hint !== undefined && <span class="small muted">{hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
