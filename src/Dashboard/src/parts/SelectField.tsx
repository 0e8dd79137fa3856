import './form.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

/** One of a list, by the browser's own control. */
export function SelectField({ label, value, options, onChange, hint, wrong }: {
  readonly label: string; readonly value: string; readonly options: readonly SelectOption[]; readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren; readonly wrong?: string | undefined;
}) {
  const id = useId();
  const hinted = hint !== undefined && hint !== false;
  const describedBy = [wrong !== undefined && `${id}-wrong`, hinted && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div class="field" data-wrong={wrong !== undefined}>
      <label for={id}>{label}</label>
      <select id={id} value={value} aria-invalid={wrong !== undefined} aria-describedby={describedBy === '' ? undefined : describedBy}
        onChange={(event) => { onChange(event.currentTarget.value); }}>
        {options.map((option) => <option value={option.value} selected={option.value === value}>{option.label}</option>)}
      </select>
      {wrong !== undefined && <p id={`${id}-wrong`} class="small wrong" role="alert">{wrong}</p>}
      {hinted && <div id={`${id}-hint`} class="small muted">{hint}</div>}
    </div>
  );
}
