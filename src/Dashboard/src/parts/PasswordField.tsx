import { useState } from 'preact/hooks';
import { Field, type FieldProps } from './Field';

/** A password can be looked at while it is typed: that finds more mistakes than typing it twice. Pasting is welcome. */
export function PasswordField(props: Omit<FieldProps, 'type' | 'exact' | 'beside' | 'lines'>) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props} exact type={shown ? 'text' : 'password'}
      beside={(
        <button type="button" class="plain small show" aria-pressed={shown} onClick={() => { setShown(!shown); }}>
          {shown ? 'Hide' : 'Show'}<span class="spoken"> the {props.label}</span>
        </button>
      )}
    />
  );
}
