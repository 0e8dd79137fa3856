import './form.css';
import type { ComponentChildren } from 'preact';

export interface TickOption {
  readonly value: string;
  readonly label: ComponentChildren;
  readonly hint?: ComponentChildren;
}

/** Any number of a list, each with what it means. */
export function Ticks({ legend, options, chosen, onChange, wrong }: {
  readonly legend: string; readonly options: readonly TickOption[]; readonly chosen: readonly string[]; readonly onChange: (chosen: readonly string[]) => void;
  readonly wrong?: string | undefined;
}) {
  const toggle = (value: string) => { onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]); };
  return (
    <fieldset class="ticks">
      <legend class="legend">{legend}</legend>
      {options.map(({ value, label, hint }) => (
        <label>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => { toggle(value); }} />
          <span>
            <b>{label}</b>
            {hint !== undefined && <span class="small muted">{hint}</span>}
          </span>
        </label>
      ))}
      {wrong !== undefined && <p class="small wrong" role="alert">{wrong}</p>}
    </fieldset>
  );
}
