import './apps.css';
import type { ComponentChildren } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { goTo } from '../../app/router';
import { useLoaded } from '../../app/useLoaded';
import { Notice } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { Section } from '../settings/SettingsFrame';
import { AppLogo } from './AppLogo';
import { AppPills } from './AppPills';
import { getApp, type App } from './apps-api';
import { ClientId } from './ClientCredentials';
import { Code } from './Code';
import { DeleteApp } from './DeleteApp';
import { Domain } from './Domain';
import { EditApp } from './EditApp';
import { Funnel } from './Funnel';
import { Secrets } from './Secrets';

/** One app, as its developer works with it. */
export function AppPage() {
  const [, , id = ''] = location.pathname.split('/');
  const load = useCallback(() => getApp(id), [id]);
  const { data: app, trouble, reload } = useLoaded(load);
  const retry = trouble?.status !== 404 && <button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>;
  return (
    <div class="content app-page">
      <p class="small back"><a href="/apps">All apps</a></p>
      {app === undefined && <h1>App</h1>}
      {trouble && <Notice kind="bad" action={retry}>{trouble.message}</Notice>}
      {app === undefined && trouble === undefined && <RowsToCome />}
      {app && <Shown app={app} reload={reload} />}
    </div>
  );
}

function Shown({ app, reload }: { readonly app: App; readonly reload: () => Promise<void> }) {
  const [asking, setAsking] = useState<'edit' | 'delete'>();
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(undefined); };
  const ask = (what: 'edit' | 'delete') => { setSaid(undefined); setAsking(what); };
  const changed = (words?: string) => { setSaid(words); void reload(); };
  return (
    <>
      <div class="content-head">
        <div class="app-head">
          <AppLogo name={app.name} logo={app.logo} large />
          <div>
            <h1>{app.name}</h1>
            <p class="app-pills"><AppPills app={app} /></p>
          </div>
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={() => { ask('edit'); }}>Change</button>
          <button type="button" class="button danger" onClick={() => { ask('delete'); }}>Delete</button>
        </div>
      </div>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      <Section title="Who it is" lead="Your app’s server says who it is by the client id, and proves it by a client secret.">
        <h3 class="legend">Client id</h3>
        <ClientId clientId={app.clientId} />
        <h3 class="legend">Client secrets</h3>
        <Secrets app={app} onChanged={changed} />
      </Section>
      <Section title="People" lead="How far they came whom your app asked in the last 30 days. Numbers only: who they are is their business.">
        <Funnel appId={app.id} />
      </Section>
      <Section title="Use it" lead="The lines for your server and your page, ready to paste.">
        <Code app={app} />
      </Section>
      <Section title="Addresses" lead="Only pages of these origins may show the window, and people return to these addresses only.">
        <Addresses name="Origins" addresses={app.origins} none="None: no page can show the window. The hosted page works without." />
        <Addresses name="Redirect addresses" addresses={app.redirectUris} none="None: where no window can be opened, people cannot return." />
        <button type="button" class="button" onClick={() => { ask('edit'); }}>Change the addresses</button>
      </Section>
      <Section title="Domain" lead="Show that the homepage is yours. Until then people are warned where they decide.">
        {app.homepage === undefined
          ? <p class="muted">It has no homepage. <button type="button" class="plain" onClick={() => { ask('edit'); }}>Give it one</button></p>
          : <Domain key={app.homepage} app={app} homepage={app.homepage} onChecked={() => { changed(); }} />}
      </Section>
      {asking === 'edit' && <EditApp app={app} onClose={close} onDone={() => { close(); changed('The app is changed.'); }} />}
      {asking === 'delete' && <DeleteApp app={app} onClose={close} onDone={() => { goTo('/apps', true); }} />}
    </>
  );
}

function Addresses({ name, addresses, none }: { readonly name: string; readonly addresses: readonly string[]; readonly none: ComponentChildren }) {
  return (
    <div class="addresses">
      <h3 class="legend">{name}</h3>
      {addresses.length === 0 ? <p class="muted">{none}</p> : <ul>{addresses.map((address) => <li><code class="address">{address}</code></li>)}</ul>}
    </div>
  );
}
