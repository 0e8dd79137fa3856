import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Row, Rows } from '../../parts/Rows';
import { addSecret, mostSecrets, removeSecret, type App, type AppSecret } from './apps-api';
import { SecretShown } from './ClientCredentials';

/** What an app's server proves itself with: the one in use, and the next. */
export function Secrets({ app, onChanged }: { readonly app: App; readonly onChanged: (words?: string) => void }) {
  const [shown, setShown] = useState<string>();
  const [ending, setEnding] = useState<AppSecret>();
  const adding = useDeed();
  const full = app.secrets.length >= mostSecrets;
  return (
    <>
      {app.secrets.length === 0
        ? <Notice kind="warn">It has no client secret: its server can neither ask nor exchange. Add one.</Notice>
        : (
          <Rows label="Client secrets">
            {app.secrets.map((secret) => (
              <Row
                key={secret.id} title={<code>…{secret.hint}</code>}
                facts={[
                  { name: 'Made', value: <Moment at={secret.createdAt} /> },
                  { name: 'Last used', value: secret.lastUsedAt === undefined ? <span class="muted">never</span> : <Moment at={secret.lastUsedAt} /> },
                ]}
                actions={(
                  <button type="button" class="plain danger" onClick={() => { setEnding(secret); }}>End<span class="spoken"> …{secret.hint}</span></button>
                )}
              />
            ))}
          </Rows>
        )}
      {adding.trouble && <Notice kind="bad">{adding.trouble.message}</Notice>}
      {full
        ? <p class="small muted">Two work at a time. Once your server uses the newer one, end the other.</p>
        : (
          <button type="button" class="button" aria-disabled={adding.busy}
            onClick={() => { adding.run(async () => { setShown(await addSecret(app.id)); onChanged(); }); }}>
            {app.secrets.length === 0 ? 'Add a client secret' : 'Add a second client secret'}
          </button>
        )}
      {shown !== undefined && <SecretShown title={`“${app.name}” has a new client secret`} clientSecret={shown} onClose={() => { setShown(undefined); }} />}
      {ending && (
        <EndSecret
          app={app} secret={ending} onClose={() => { setEnding(undefined); }}
          onDone={() => { setEnding(undefined); onChanged(`The client secret …${ending.hint} is ended.`); }}
        />
      )}
    </>
  );
}

function EndSecret({ app, secret, onDone, onClose }: {
  readonly app: App; readonly secret: AppSecret; readonly onDone: () => void; readonly onClose: () => void;
}) {
  const ending = useDeed();
  return (
    <Dialog title={`End the client secret …${secret.hint}?`} onClose={onClose}>
      <div class="form">
        <p>
          A server that still uses it is refused from its next request on.
          {app.secrets.length === 1 && ' It is the only one: until you add another, the app can neither ask nor exchange.'}
        </p>
        <p class="muted">
          Connections go on: their access tokens are not made of it. {secret.lastUsedAt === undefined
            ? 'It was never used.' : <>It was last used: <Moment at={secret.lastUsedAt} />.</>}
        </p>
        {ending.trouble && <Notice kind="bad">{ending.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={ending.busy}
            onClick={() => { ending.run(async () => { await removeSecret(app.id, secret.id); onDone(); }); }}>
            End it
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
