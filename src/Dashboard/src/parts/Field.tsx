import './form.css';
import type { ComponentChildren, InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren;
  /** What is wrong with it, in a sentence. */
  readonly wrong?: string | undefined;
  readonly type?: 'text' | 'email' | 'password';
  readonly name?: string;
  readonly autocomplete?: NonNullable<InputHTMLAttributes['autocomplete']>;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly autofocus?: boolean;
  readonly lines?: number;
  /** Code, ids, keys: every character counts, and no dictionary helps. */
  readonly exact?: boolean;
  /** Money and counts: a phone shows its digits. */
  readonly digits?: boolean;
  readonly maxLength?: number;
  readonly beside?: ComponentChildren;
}

/** A label, something to type in, and under it what helps or what is wrong. */
export function Field(props: FieldProps) {
  const { label, value, onChange, hint, wrong, type = 'text', name, autocomplete, required, optional, autofocus, lines, maxLength, beside } = props;
  const { exact, digits } = props;
  const id = useId();
  const describedBy = [wrong !== undefined && `${id}-wrong`, hint !== undefined && `${id}-hint`].filter(Boolean).join(' ');
  const control = {
    id, name, value, required, maxLength, autocomplete: autocomplete ?? 'off',
    autofocus,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': describedBy === '' ? undefined : describedBy,
    class: exact ? 'exact' : undefined,
    ...(digits && { inputMode: 'decimal' as const }),
    ...(exact && { spellcheck: false, autocapitalize: 'off' as const, autocorrect: 'off' }),
    onInput: (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) => { onChange(event.currentTarget.value); },
  };
  // One place and one element: a password that is shown stays the same field.
  const oneLine = { text: <input type="text" {...control} />, email: <input type="email" {...control} />, password: <input type="password" {...control} /> };
  return (
    <div class="field" data-wrong={wrong !== undefined}>
      <label for={id}>{label}{optional && <span class="muted"> (optional)</span>}</label>
      <div class="control">
        {lines === undefined ? oneLine[type] : <textarea rows={lines} {...control} />}
        {beside}
      </div>
      {wrong !== undefined && <p id={`${id}-wrong`} class="small wrong" role="alert">{wrong}</p>}
      {hint !== undefined && <div id={`${id}-hint`} class="small muted">{hint}</div>}
    </div>
  );
}
