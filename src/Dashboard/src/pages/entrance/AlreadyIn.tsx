import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { startPage } from '../../app/routes';
import { session, signOut } from '../../app/session';
import { useStore } from '../../app/store';
import { useDeed } from '../../app/useDeed';
import { Entrance } from './Entrance';

/** One browser, one person: who comes to a way in while signed in is told so. What happens once they are inside a form is the form's. */
export function AlreadyIn({ children }: { readonly children: ComponentChildren }) {
  const who = useStore(session);
  const [entering, setEntering] = useState(false);
  const leaving = useDeed();
  if (who.state === 'asking') return null;
  if (entering || who.state !== 'signed-in') return <div class="entering" onInput={() => { setEntering(true); }}>{children}</div>;
  return (
    <Entrance title="You are signed in" lead={<p>As <b>{who.account.email}</b>, in this browser.</p>}>
      <div class="actions">
        <a class="button primary" href={startPage}>Open your vault</a>
        <button type="button" class="button" aria-disabled={leaving.busy} onClick={() => { leaving.run(signOut); }}>Sign out first</button>
      </div>
      {leaving.trouble && <p role="alert" class="wrong">{leaving.trouble.message}</p>}
    </Entrance>
  );
}
