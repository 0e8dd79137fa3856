import { useState } from 'preact/hooks';
import { inOtherWords, signInManaged } from '../../app/entrance';
import { withNext } from '../../app/next';
import { useDeed } from '../../app/useDeed';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Entrance } from './Entrance';
import { useGoOn } from './useGoOn';

/** A page of its own: a form that sends the password must never be taken for the one that does not. */
export function ManagedSignInPage() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signingIn = useDeed();
  const { busy, trouble } = signingIn;
  useGoOn(busy);

  const enter = () => {
    signingIn.run(() => signInManaged(email.trim(), password).catch((failure: unknown) => { throw inOtherWords(failure, words); }));
  };
  return (
    <Entrance
      title="Sign in to a managed vault" lead={<p>One that the server at <b>{location.host}</b> opens for you.</p>}
      after={<p>New here? <a href={withNext('/sign-up', location)}>Make an account</a></p>}
    >
      <Notice kind="warn">
        <p>
          <b>Here the server gets your password.</b> If your vault is sealed, do not type its password here: it must stay in your
          browser. <a href={withNext('/sign-in', location)}>Sign in to a sealed vault</a>
        </p>
      </Notice>
      <form class="form" onSubmit={(event) => { event.preventDefault(); enter(); }}>
        <Field
          label="E-mail address" type="email" name="username" autocomplete="username" required autofocus value={email} onChange={setEmail}
          wrong={trouble?.field === 'email' ? trouble.message : undefined}
        />
        <PasswordField label="Password" name="password" autocomplete="current-password" required value={password} onChange={setPassword} />
        {trouble && trouble.field !== 'email' && <Notice kind="bad">{trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Sign in</button></div>
      </form>
    </Entrance>
  );
}

const words = {
  sign_in_failed: 'No account with a managed vault has that address and password. Check both, also for capital letters. If you sealed the vault '
    + 'meanwhile, sign in by the form for sealed vaults.',
};
