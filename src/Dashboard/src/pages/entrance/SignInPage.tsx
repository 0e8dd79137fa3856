import { useState } from 'preact/hooks';
import { inOtherWords, signIn } from '../../app/entrance';
import { withNext } from '../../app/next';
import { signInWithPasskey, takesPasskeys } from '../../app/passkey';
import { useDeed } from '../../app/useDeed';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Working } from '../../parts/Working';
import { Entrance } from './Entrance';
import { useGoOn } from './useGoOn';

export function SignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signingIn = useDeed();
  const { busy, trouble } = signingIn;
  useGoOn(busy);

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
          <p>New here? <a href={withNext('/sign-up', location)}>Make an account</a></p>
          <p>Password lost? <a href={withNext('/recover', location)}>Use the recovery code</a></p>
          <p>Is your vault managed by the server? <a href={withNext('/sign-in/managed', location)}>Sign in to it here</a></p>
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
  sign_in_failed: 'No account has that address and password. Check both, also for capital letters, and try again. '
    + 'An account whose vault is managed by the server signs in by another form, below.',
  'wrong-secret': 'You are signed in, but the password does not open the vault: that should not happen. Tell whoever runs this server.',
};
