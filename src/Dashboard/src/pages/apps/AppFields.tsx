import { Field } from '../../parts/Field';
import type { AppDraft, AppWrong } from './draft';
import { LogoField } from './LogoField';

const longestName = 60;

/** What is asked of a new app and of one that is changed. */
export function AppFields({ draft, onChange, wrong }: { readonly draft: AppDraft; readonly onChange: (draft: AppDraft) => void; readonly wrong: AppWrong }) {
  const set = (part: Partial<AppDraft>) => { onChange({ ...draft, ...part }); };
  return (
    <>
      <Field
        label="Name" autofocus value={draft.name} onChange={(name) => { set({ name }); }} maxLength={longestName} wrong={wrong.name}
        hint={<p>As people know it: they read it where they decide.</p>}
      />
      <Field
        label="Homepage" optional exact value={draft.homepage} onChange={(homepage) => { set({ homepage }); }} wrong={wrong.homepage}
        hint={<p>Like https://notes.example.com. Once you showed that it is yours, people see its host instead of a warning.</p>}
      />
      <LogoField name={draft.name} logo={draft.logo} onChange={(logo) => { set({ logo }); }} wrong={wrong.logo} />
      <Field
        label="Origins" optional exact lines={3} value={draft.origins} onChange={(origins) => { set({ origins }); }} wrong={wrong.origins}
        hint={<p>Of the pages that show the window, one a line, as browsers write them: https://app.example.com, or http://localhost:3000.</p>}
      />
      <Field
        label="Redirect addresses" optional exact lines={3} value={draft.redirectUris} onChange={(redirectUris) => { set({ redirectUris }); }}
        wrong={wrong.redirectUris}
        hint={<p>Where people return to when no window can be opened, one a line, whole. They are compared letter by letter.</p>}
      />
    </>
  );
}
