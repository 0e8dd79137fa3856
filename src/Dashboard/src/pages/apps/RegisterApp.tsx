import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Choice } from '../../parts/Choice';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { AppFields } from './AppFields';
import { createApp, type MadeApp } from './apps-api';
import { SecretShown } from './ClientCredentials';
import { emptyDraft, wishOf, wrongIn, wrongTold } from './draft';

interface RegisterProps {
  /** Once its secret was shown. */
  readonly onMade: (appId: string) => void;
  readonly onClose: () => void;
}

const modes = [
  { value: 'test', label: 'Test', hint: 'Its connections reach the sandbox and nothing else: answers are made up, and cost nothing real.' },
  { value: 'live', label: 'Live', hint: 'Its connections call the vendors of people’s own keys, within what they allow.' },
];

export function RegisterApp({ onMade, onClose }: RegisterProps) {
  const [made, setMade] = useState<MadeApp>();
  if (made === undefined) return <RegisterForm onMade={setMade} onClose={onClose} />;
  const { app, clientSecret } = made;
  return <SecretShown title={`“${app.name}” is registered`} clientId={app.clientId} clientSecret={clientSecret} onClose={() => { onMade(app.id); }} />;
}

function RegisterForm({ onMade, onClose }: { readonly onMade: (made: MadeApp) => void; readonly onClose: () => void }) {
  const [draft, setDraft] = useState(emptyDraft);
  const [mode, setMode] = useState('test');
  const [tried, setTried] = useState(false);
  const registering = useDeed();
  const { busy, trouble } = registering;
  const wrong = wrongIn(draft);
  const told = wrongTold(trouble);
  const register = () => {
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    registering.run(async () => { onMade(await createApp(wishOf(draft), mode === 'test')); });
  };
  return (
    <Dialog wide title="Register an app" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); register(); }}>
        <AppFields draft={draft} onChange={(next) => { setDraft(next); registering.clear(); }} wrong={{ ...told, ...(tried && wrong) }} />
        <Choice legend="Mode, which stays" options={modes} chosen={mode} onChange={setMode} />
        {trouble && Object.keys(told).length === 0 && <Notice kind="bad">{trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Register the app</button></div>
      </form>
    </Dialog>
  );
}
