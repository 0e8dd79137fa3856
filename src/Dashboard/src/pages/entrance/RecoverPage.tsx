import { readRecoveryCode } from '@keypass/vault-client';
import { useState } from 'preact/hooks';
import { inOtherWords, recover } from '../../app/entrance';
import { nextPage, withNext } from '../../app/next';
import { goTo } from '../../app/router';
import { useDeed } from '../../app/useDeed';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { Entrance } from './Entrance';
import { acceptable, NewPassword } from './NewPassword';
import { RecoveryCode } from './RecoveryCode';

/** F13: the code and the address, a new password, the next code. */
export function RecoverPage() {
  const [made, setMade] = useState<string>();
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const recovering = useDeed();
  const { busy, trouble } = recovering;

  if (made !== undefined) {
    return (
      <RecoveryCode
        recoveryCode={made} email={email}
        done="The new password is set, and every other session has ended. The old code is worth nothing now: this one replaces it."
        onKept={() => { goTo(nextPage(location), true); }}
      />
    );
  }
  const codeWrong = tried && readRecoveryCode(code) === undefined;
  const start = () => {
    setTried(true);
    const address = email.trim();
    if (readRecoveryCode(code) === undefined || !acceptable(password, address) || !address.includes('@')) return;
    recovering.run(async () => {
      setMade(await recover(address, code, password).catch((failure: unknown) => { throw inOtherWords(failure, words); }));
    });
  };
  return (
    <Entrance
      title="Recover your account" lead={<p>The recovery code opens the vault in place of the password. You then leave with a new password and a new code.</p>}
      after={<p>Remembered it? <a href={withNext('/sign-in', location)}>Sign in</a></p>}
    >
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); start(); }}>
        <Field
          label="E-mail address" type="email" name="username" autocomplete="username" required autofocus value={email} onChange={setEmail}
          wrong={tried && !email.includes('@') ? 'Type the address of the account.' : undefined}
        />
        <Field
          label="Recovery code" exact lines={2} required value={code} onChange={setCode} maxLength={80}
          wrong={codeWrong ? 'A recovery code has 32 letters and digits, in eight groups. Check for a group that is missing.' : undefined}
          hint={<p>Eight groups of four. Capital letters and dashes do not matter.</p>}
        />
        <NewPassword label="New password" value={password} onChange={setPassword} email={email} tried={tried} />
        {trouble && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && <Working>Opening the vault with the code and sealing it for the new password.</Working>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Set the new password</button></div>
      </form>
      <p class="small muted">
        No password and no code? Then nobody can open this vault, we neither. What you approved before keeps working until you revoke it.
      </p>
    </Entrance>
  );
}

const words = {
  sign_in_failed: 'No account has that address and recovery code. Check both; a code that was used once has been replaced by a newer one.',
};
