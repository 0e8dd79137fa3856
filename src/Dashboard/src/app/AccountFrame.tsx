import './account-frame.css';
import { useEffect, useId, useState } from 'preact/hooks';
import { Notice } from '../parts/Notice';
import { Brand } from './Frame';
import { LockSwitch } from './LockSwitch';
import { OpenToServer } from './OpenToServer';
import { PageOutlet } from './PageOutlet';
import { goTo, type Visit } from './router';
import { accountPages } from './routes';
import { findSession, session, signOut } from './session';
import { useStore } from './store';
import { UnlockDialog } from './UnlockDialog';
import { useDeed } from './useDeed';
import { usePalette } from './usePalette';

/** The pages of whoever is signed in: where they can go, who they are, and whether their vault is open. */
export function AccountFrame({ visit }: { readonly visit: Visit }) {
  const who = useStore(session);
  const palette = usePalette();
  const [menuOpen, setMenuOpen] = useState(false);
  const menuId = useId();
  useEffect(() => { setMenuOpen(false); }, [visit]);

  return (
    <div class="account-frame">
      <header class="side">
        <div class="side-bar">
          <Brand pathname={visit.pathname} />
          {who.state === 'signed-in' && palette.door}
          <button type="button" class="button menu-button" aria-expanded={menuOpen} aria-controls={menuId} onClick={() => { setMenuOpen(!menuOpen); }}>
            Menu
          </button>
        </div>
        <div id={menuId} class={menuOpen ? 'side-menu open' : 'side-menu'}>
          <nav aria-label="Main">
            {accountPages.map(({ path, label }) => <a href={path} aria-current={currentAt(path, visit.pathname)}>{label}</a>)}
            <a href="/docs">Docs</a>
          </nav>
          {who.state === 'signed-in' && <WhoAmI email={who.account.email} />}
        </div>
        {who.state === 'signed-in' && (who.account.custody === 'managed' ? <OpenToServer /> : <LockSwitch />)}
      </header>
      <main id="content" tabIndex={-1}>
        {who.state === 'signed-in' && <PageOutlet visit={visit} />}
        {who.state === 'unclear' && (
          <div class="content">
            <h1>Not loaded</h1>
            <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void findSession(); }}>Try again</button>}>
              {who.trouble.message}
            </Notice>
          </div>
        )}
      </main>
      {who.state === 'signed-in' && palette.palette}
      {who.state === 'signed-in' && <UnlockDialog account={who.account} />}
    </div>
  );
}

/** The page itself, or one below it. */
function currentAt(path: string, pathname: string): 'page' | 'true' | undefined {
  if (pathname === path) return 'page';
  return pathname.startsWith(`${path}/`) ? 'true' : undefined;
}

function WhoAmI({ email }: { readonly email: string }) {
  const leaving = useDeed();
  return (
    <div class="who">
      <p class="small muted who-email" title={email}>{email}</p>
      <button
        type="button" class="plain small" aria-disabled={leaving.busy}
        onClick={() => { leaving.run(async () => { await signOut(); goTo('/sign-in', true); }); }}
      >
        Sign out
      </button>
      {leaving.trouble && <p role="alert" class="small wrong">{leaving.trouble.message}</p>}
    </div>
  );
}
