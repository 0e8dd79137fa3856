import { useEffect, useState } from 'preact/hooks';
import { post } from '../../app/api';
import { troubleOf, type Trouble } from '../../app/trouble';
import { Working } from '../../parts/Working';
import { Entrance } from './Entrance';

type Outcome = { readonly is: 'asking' } | { readonly is: 'confirmed' } | { readonly is: 'no code' } | { readonly is: 'refused'; readonly trouble: Trouble };

/** The code is behind the #: browsers do not send that part to anyone, and it leaves the address bar before anything else happens. */
export function VerifyEmailPage() {
  const [outcome, setOutcome] = useState<Outcome>({ is: 'asking' });
  useEffect(() => {
    const code = location.hash.slice(1);
    history.replaceState(history.state, '', location.pathname);
    if (code === '') {
      setOutcome({ is: 'no code' });
      return;
    }
    post('/v1/auth/verify-email', { code }).then(
      () => { setOutcome({ is: 'confirmed' }); },
      (failure: unknown) => { setOutcome({ is: 'refused', trouble: troubleOf(failure) }); },
    );
  }, []);

  switch (outcome.is) {
    case 'asking':
      return <Entrance title="Confirming your address"><Working>Asking the server.</Working></Entrance>;
    case 'confirmed':
      return (
        <Entrance title="Your address is confirmed" lead={<p>The account is open. Sign in with your password to reach the vault.</p>}>
          <div class="actions"><a class="button primary" href="/sign-in">Sign in</a></div>
        </Entrance>
      );
    case 'no code':
      return (
        <Entrance
          title="Open the link from the mail"
          lead={<p>This address is missing the part that confirms yours. Open the whole link, or copy it by hand up to its end.</p>}
        >
          <div class="actions"><a class="button" href="/sign-in">Sign in</a></div>
        </Entrance>
      );
    case 'refused':
      return (
        <Entrance title="Not confirmed" lead={<p>{outcome.trouble.message}</p>}>
          <p class="small muted">
            A link works once and for a limited time. If you opened it before, the address is confirmed already: sign in. Otherwise sign up again.
          </p>
          <div class="actions">
            <a class="button primary" href="/sign-in">Sign in</a>
            <a class="button" href="/sign-up">Sign up again</a>
          </div>
        </Entrance>
      );
  }
}
