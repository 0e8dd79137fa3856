import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import type { Typed, Wrong } from './key-form';
import { looksLike, type Provider, type ProviderField } from './providers';

interface KeyFieldsProps {
  readonly provider: Provider;
  readonly providers: readonly Provider[];
  readonly fields: readonly ProviderField[];
  readonly typed: Typed;
  readonly wrong: Wrong;
  readonly onChange: (typed: Typed) => void;
  /** Where another vendor may be chosen. */
  readonly onSwitch?: (provider: Provider) => void;
}

/** What the catalogue says to ask for. */
export function KeyFields({ provider, providers, fields, typed, wrong, onChange, onSwitch }: KeyFieldsProps) {
  return (
    <>
      {fields.map((field) => {
        const shared = {
          label: field.label, optional: !field.required, hint: field.hint, value: typed[field.name] ?? '', wrong: wrong[field.name],
          onChange: (value: string) => { onChange({ ...typed, [field.name]: value }); },
        };
        if (!field.secret) return <Field {...shared} exact {...(field.name === 'deployments' && { lines: 2 })} />;
        return field.name === 'credentials'
          ? <Field {...shared} exact lines={4} />
          : <PasswordField {...shared} hint={<Where provider={provider} hint={field.hint} />} />;
      })}
      <Mismatch provider={provider} providers={providers} pasted={(typed['apiKey'] ?? '').trim()} {...(onSwitch && { onSwitch })} />
      {wrong[''] !== undefined && <Notice kind="bad">{wrong['']}</Notice>}
    </>
  );
}

function Where({ provider, hint }: { readonly provider: Provider; readonly hint: string }) {
  return (
    <p>
      {hint}{' '}
      {provider.keyPage !== undefined && <a href={provider.keyPage} target="_blank" rel="noreferrer noopener">{provider.name}’s key page</a>}
    </p>
  );
}

/** Said before anything is sealed, and not forbidden: vendors change how their keys begin. */
function Mismatch({ provider, providers, pasted, onSwitch }: {
  readonly provider: Provider; readonly providers: readonly Provider[]; readonly pasted: string; readonly onSwitch?: (provider: Provider) => void;
}) {
  const alike = looksLike(providers, pasted);
  if (pasted.length < 4 || alike.some(({ id }) => id === provider.id)) return null;
  const [first] = alike;
  if (first !== undefined) {
    return (
      <Notice
        kind="warn"
        action={onSwitch && alike.length === 1 && <button type="button" class="button" onClick={() => { onSwitch(first); }}>Switch to {first.name}</button>}
      >
        That begins like a key of {alike.map(({ name }) => name).join(' or ')}. {provider.name} would refuse it, and see it.
      </Notice>
    );
  }
  return provider.prefix === undefined ? null : (
    <Notice kind="warn">Keys of {provider.name} usually begin with <code>{provider.prefix}</code>. Look whether all of it was copied.</Notice>
  );
}
