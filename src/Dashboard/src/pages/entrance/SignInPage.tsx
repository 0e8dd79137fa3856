import { useEffect, useState } from 'preact/hooks';
import { inOtherWords, signIn } from '../../app/entrance';
import { nextPage, withNext } from '../../app/next';
import { signInWithPasskey, takesPasskeys } from '../../app/passkey';
import { goTo } from '../../app/router';
import { session } from '../../app/session';
import { useStore } from '../../app/store';
import { useDeed } from '../../app/useDeed';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Working } from '../../parts/Working';
import { Entrance } from './Entrance';

export function SignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signingIn = useDeed();
  const { state } = useStore(session);
  const { busy, trouble } = signingIn;

  // Also when another tab signed in. While this one is at it, it goes on by itself once the vault is open too.
  useEffect(() => {
    if (state === 'signed-in' && !busy) goTo(nextPage(location.search), true);
  }, [state, busy]);

  const enter = (how: () => Promise<unknown>, words: Readonly<Record<string, string>>) => {
    signingIn.run(async () => {
      await how().catch((failure: unknown) => { throw inOtherWords(failure, words); });
    });
  };
  return (
    <Entrance
      title="Sign in" lead={<p>To your vault on <b>{location.host}</b>.</p>}
      after={(
        <>
          <p>New here? <a href={withNext('/sign-up', location.search)}>Make an account</a></p>
          <p>Password lost? <a href={withNext('/recover', location.search)}>Use the recovery code</a></p>
        </>
      )}
    >
      <form class="form" onSubmit={(event) => { event.preventDefault(); enter(() => signIn(email.trim(), password), wordsOfPassword); }}>
        <Field
          label="E-mail address" type="email" name="username" autocomplete="username webauthn" required autofocus value={email} onChange={setEmail}
          wrong={trouble?.field === 'email' ? trouble.message : undefined}
        />
        <PasswordField label="Password" name="password" autocomplete="current-password" required value={password} onChange={setPassword} />
        {trouble && trouble.field !== 'email' && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && <Working>Turning the password into what signs in. On purpose that takes about a second.</Working>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Sign in</button></div>
      </form>
      {takesPasskeys() && (
        <>
          <p class="or">or</p>
          <button type="button" class="button" aria-disabled={busy} onClick={() => { enter(signInWithPasskey, {}); }}>Sign in with a passkey</button>
        </>
      )}
    </Entrance>
  );
}

const wordsOfPassword = {
  sign_in_failed: 'No account has that address and password. Check both, also for capital letters, and try again.',
  'wrong-secret': 'You are signed in, but the password does not open the vault: that should not happen. Tell whoever runs this server.',
};
