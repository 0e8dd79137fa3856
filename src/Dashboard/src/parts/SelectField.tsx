import './form.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

/** One of a list, by the browser's own control. */
export function SelectField({ label, value, options, onChange, hint }: {
  readonly label: string; readonly value: string; readonly options: readonly SelectOption[]; readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => { onChange(event.currentTarget.value); }}>
        {options.map((option) => <option value={option.value} selected={option.value === value}>{option.label}</option>)}
      </select>
      {hint !== undefined && <div id={`${id}-hint`} class="small muted">{hint}</div>}
    </div>
  );
}
