import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { AppFields } from './AppFields';
import { changeApp, type App } from './apps-api';
import { draftOf, wishOf, wrongIn, wrongTold } from './draft';

export function EditApp({ app, onDone, onClose }: { readonly app: App; readonly onDone: () => void; readonly onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(app));
  const saving = useDeed();
  const { busy, trouble } = saving;
  const wrong = wrongIn(draft);
  const [tried, setTried] = useState(false);
  const told = wrongTold(trouble);
  const losesDomain = app.domain !== undefined && draft.homepage.trim() !== app.homepage;
  const save = () => {
    setTried(true);
    if (Object.keys(wrong).length === 0) saving.run(async () => { await changeApp(app.id, wishOf(draft)); onDone(); });
  };
  return (
    <Dialog wide title={`Change ${app.name}`} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); save(); }}>
        <AppFields draft={draft} onChange={(next) => { setDraft(next); saving.clear(); }} wrong={{ ...told, ...(tried && wrong) }} />
        {losesDomain && <Notice kind="warn">{app.domain} is verified. Another homepage has to be shown to be yours anew.</Notice>}
        {trouble && Object.keys(told).length === 0 && <Notice kind="bad">{trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Save the changes</button></div>
      </form>
    </Dialog>
  );
}
