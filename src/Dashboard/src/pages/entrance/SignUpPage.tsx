import { useEffect, useState } from 'preact/hooks';
import { get } from '../../app/api';
import { inOtherWords, makeAccount, makeManagedAccount, postAccount } from '../../app/entrance';
import { textAt } from '../../app/json';
import { nextPage, withNext } from '../../app/next';
import { goTo } from '../../app/router';
import { session } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Choice } from '../../parts/Choice';
import { Field } from '../../parts/Field';
import { Tick } from '../../parts/icons';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { AlreadyIn } from './AlreadyIn';
import { Entrance } from './Entrance';
import { acceptable, NewPassword } from './NewPassword';
import { RecoveryCode } from './RecoveryCode';

type Step =
  | { readonly at: 'form' }
  | { readonly at: 'in' }
  | { readonly at: 'code'; readonly email: string; readonly recoveryCode: string; readonly pending: boolean }
  | { readonly at: 'mail'; readonly email: string; readonly withCode: boolean };

export function SignUpPage() {
  const [step, setStep] = useState<Step>({ at: 'form' });
  const goOn = () => { goTo(nextPage(location), true); };
  if (step.at === 'mail') return <CheckYourMail email={step.email} withCode={step.withCode} />;
  if (step.at === 'form' || step.at === 'in') {
    return <AlreadyIn><SignUpForm onMade={(next) => { if (next.at === 'in') goOn(); else setStep(next); }} /></AlreadyIn>;
  }
  const { email, recoveryCode, pending } = step;
  return (
    <RecoveryCode
      recoveryCode={recoveryCode} email={email} done="It opens your vault when the password is lost, and nothing else does."
      onKept={() => {
        if (pending) setStep({ at: 'mail', email, withCode: true });
        else goOn();
      }}
    />
  );
}

function SignUpForm({ onMade }: { readonly onMade: (step: Step) => void }) {
  const mode = useRegistrationMode();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [custody, setCustody] = useState('sealed');
  // A fragment that belongs to the page after this one is no invitation.
  const [invite, setInvite] = useState(() => (location.search === '' ? location.hash.slice(1) : ''));
  const [tried, setTried] = useState(false);
  const [stage, setStage] = useState<1 | 2>(1);
  const signingUp = useDeed();
  const managed = custody === 'managed';

  const signUp = () => {
    setTried(true);
    const address = email.trim();
    if (!acceptable(password, address) || !address.includes('@')) return;
    const code = mode === 'invite' ? invite.trim() : undefined;
    signingUp.run(async () => {
      setStage(1);
      onMade(await (managed ? signUpManaged(address, code) : signUpSealed(address, code)).catch((failure: unknown) => {
        throw inOtherWords(failure, words);
      }));
    });
  };
  const signUpSealed = async (address: string, code: string | undefined): Promise<Step> => {
    const { body, recoveryCode } = await makeAccount(address, password);
    setStage(2);
    return { at: 'code', email: address, recoveryCode, pending: (await postAccount(body, code)).pending };
  };
  const signUpManaged = async (address: string, code: string | undefined): Promise<Step> =>
    ((await makeManagedAccount(address, password, code)).pending ? { at: 'mail', email: address, withCode: false } : { at: 'in' });

  if (mode === 'closed') return <Closed />;
  const { busy, trouble } = signingUp;
  return (
    <Entrance
      title="Make your vault" lead={<p>{managed
        ? 'An address and one password. The server makes the vault, and gets the password each time you sign in.'
        : 'An address and one password. The vault is made in this browser, and the password never leaves it.'}</p>}
      after={<p>Have an account? <a href={withNext('/sign-in', location)}>Sign in</a></p>}
    >
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); signUp(); }}>
        <Field
          label="E-mail address" type="email" name="username" autocomplete="username" required autofocus value={email} onChange={setEmail}
          wrong={wrongAddress(tried, email) ?? (trouble?.field === 'email' ? trouble.message : undefined)}
        />
        {mode === 'invite' && (
          <Field
            label="Invitation" exact value={invite} onChange={setInvite} hint={<p>From the mail that invited you.</p>}
            wrong={trouble?.field === 'invite' ? trouble.message : undefined}
          />
        )}
        <NewPassword label="Password" value={password} onChange={setPassword} email={email} tried={tried} />
        <Choice legend="Who can open the vault" options={custodies} chosen={custody} onChange={setCustody} />
        {trouble && trouble.field !== 'email' && trouble.field !== 'invite' && (
          <Notice kind="bad">
            {trouble.message}
            {trouble.code === 'email_taken' && <> <a href="/sign-in">Sign in</a> or <a href="/recover">recover the account</a>.</>}
          </Notice>
        )}
        {busy && !managed && (
          <Working step={stage} of={2}>
            {stage === 1 ? 'Turning the password into the vault’s key. On purpose that takes about a second.' : 'Sending what was sealed.'}
          </Working>
        )}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Make the vault</button></div>
      </form>
      <ul class="facts small muted">
        {managed
          ? <li><Tick /><span>There is no recovery code: without the password nobody gets into the account.</span></li>
          : <li><Tick /><span>We cannot reset the password. A recovery code comes next, and only the two open the vault.</span></li>}
        <li><Tick /><span>You can go over to the other way later, in the settings.</span></li>
      </ul>
    </Entrance>
  );
}

const custodies = [
  {
    value: 'sealed', label: 'Only my browser: sealed (recommended)',
    hint: 'Our database, backups and server keys together cannot decrypt your keys. You unlock with your password; if it and the recovery code are lost, '
      + 'so is the vault.',
  },
  {
    value: 'managed', label: 'The server too: managed',
    hint: 'The server can decrypt your keys at any time, and so can whoever controls it. Nothing to unlock: for a server you run yourself.',
  },
];

const words = {
  email_taken: 'An account has this address already.',
  registration_closed: 'This server takes no new accounts at the moment. Ask whoever runs it for an invitation.',
};

function wrongAddress(tried: boolean, email: string): string | undefined {
  return tried && !email.includes('@') ? 'Type an e-mail address, like ana@example.org.' : undefined;
}

/** Servers that do not say take sign-ups. */
function useRegistrationMode(): string {
  const [mode, setMode] = useState('open');
  useEffect(() => {
    get('/v1/auth/registration').then((data) => { setMode(textAt(data, 'mode') ?? 'open'); }, () => undefined);
  }, []);
  return mode;
}

function Closed() {
  return (
    <Entrance title="Sign-up is closed" lead={<p>Whoever runs this server takes no new accounts. Ask them, or run KeyPass on a machine of your own.</p>}>
      <p>Have an account? <a href="/sign-in">Sign in</a></p>
    </Entrance>
  );
}

function CheckYourMail({ email, withCode }: { readonly email: string; readonly withCode: boolean }) {
  // The session of whoever was here before, if any, is untouched: this account has none until its address is confirmed.
  const signedIn = session.read().state === 'signed-in';
  return (
    <Entrance title="Check your mail" lead={<p>We sent a link to <b>{email}</b>. Open it to confirm the address, then sign in.</p>}>
      <p class="small muted">
        Nothing after a few minutes? Look in the spam folder. If the address had an account already, the mail says so
        {withCode && ', and the code you just kept belongs to nothing: the old one stays valid'}.
      </p>
      {!signedIn && <div class="actions"><a class="button" href="/sign-in">Sign in</a></div>}
    </Entrance>
  );
}
