import { useState } from 'preact/hooks';
import type { Account } from '../../app/session';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { acceptable, NewPassword } from '../entrance/NewPassword';
import { ConfirmToServer } from './ConfirmToServer';
import { ConfirmWithPassword } from './ConfirmWithPassword';
import { letServerOpen, sealAgain, sealFirst, sentences } from './custody-api';
import type { Keeping } from './KeepCode';
import type { MadeRotation } from './rotate-vault';

export interface ChangeCustodyProps {
  readonly account: Account;
  readonly onManaged: () => void;
  /** Sealed once the new recovery code is kept. */
  readonly onKeep: (keeping: Keeping) => void;
  readonly onClose: () => void;
}

/** F19. Which of the three it is, the account says. */
export function ChangeCustody(props: ChangeCustodyProps) {
  if (props.account.custody === 'sealed') return <ToManaged {...props} />;
  return props.account.signsInWith === 'password' ? <SealFirst {...props} /> : <SealAgain {...props} />;
}

function ToManaged({ account, onManaged, onClose }: ChangeCustodyProps) {
  const sentence = useSentence(sentences.managed);
  return (
    <ConfirmWithPassword
      account={account} title="Let the server open the vault?" action="Give the server the vault’s key" danger working="Handing the vault’s key over."
      ready={sentence.check} onClose={onClose} deed={async (proven) => { await letServerOpen(proven, sentence.typed); onManaged(); }}
    >
      <Notice kind="warn">
        <p><b>The server can then decrypt every key in this vault, at any time.</b> So can whoever controls it, or steals its database and its key ring.</p>
      </Notice>
      <ul class="muted steps">
        <li>What waits for you is approved with it: the keys that programs put in, and the tokens they made.</li>
        <li>You sign in as before: the password stays in your browser.</li>
        <li>You can seal the vault again. What the server has read by then, it has read.</li>
      </ul>
      {sentence.field}
    </ConfirmWithPassword>
  );
}

/** Its password never was with the server: only the vault's key changes. */
function SealAgain({ account, onKeep, onClose }: ChangeCustodyProps) {
  const sentence = useSentence(sentences.sealed);
  return (
    <ConfirmWithPassword
      account={account} title="Seal the vault?" action="Seal everything" working="Sealing every key and grant under a new vault key."
      ready={sentence.check} onClose={onClose} deed={async (proven) => { onKeep(keepingOf(account, await sealAgain(proven, sentence.typed))); }}
    >
      <Consequences more="Your passkeys are removed, because none of them opens the new key: add them again afterwards." />
      {sentence.field}
    </ConfirmWithPassword>
  );
}

/** The server knows its password, so another one takes its place. */
function SealFirst({ account, onKeep, onClose }: ChangeCustodyProps) {
  const sentence = useSentence(sentences.sealed);
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [same, setSame] = useState(false);
  return (
    <ConfirmToServer
      account={account} title="Seal the vault?" action="Seal everything" working="Sealing every key and grant under a new vault key." onClose={onClose}
      ready={() => { setTried(true); return sentence.check() && acceptable(password, account.email); }}
      deed={async (current) => {
        setSame(password === current);
        if (password === current) return;
        onKeep(keepingOf(account, await sealFirst(account, current, password, sentence.typed)));
      }}
    >
      <Consequences more="You choose a new password, because the server has had the present one. The new one stays in your browser." />
      <NewPassword label="New password" value={password} onChange={(next) => { setPassword(next); setSame(false); }} email={account.email} tried={tried} />
      {same && <Notice kind="bad">That is the present password, which the server has had. Choose another.</Notice>}
      {sentence.field}
    </ConfirmToServer>
  );
}

function Consequences({ more }: { readonly more: string }) {
  return (
    <ul class="muted steps">
      <li>From then on keys are opened in your browser, and for calls you approved. You unlock with your password.</li>
      <li>{more}</li>
      <li>You get a recovery code, and every other session ends. Tokens and virtual keys go on working.</li>
      <li>The server had the use of your provider keys until now: rotate them at their vendors, to be sure.</li>
    </ul>
  );
}

function keepingOf(account: Account, { leftBehind, ...made }: MadeRotation): Keeping {
  const left = leftBehind === 0 ? '' : ` ${leftBehind} of its entries did not open: they are left behind and deleted.`;
  return {
    ...made, email: account.email, stop: 'Stop, and leave the vault managed',
    done: `The vault is sealed as soon as you have typed part of this code back. It opens the vault when the password is lost.${left}`,
    working: 'Putting the sealed vault in the place of the managed one.',
    after: 'The vault is sealed: only your browser opens it. Rotate your provider keys at their vendors, because the server had the use of the old ones.',
  };
}

function useSentence(sentence: string) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const wrong = tried && typed.trim() !== sentence;
  return {
    typed: typed.trim(),
    check: () => { setTried(true); return typed.trim() === sentence; },
    field: (
      <Field
        label="Type this sentence" hint={<p>{sentence}</p>} exact value={typed} onChange={setTyped}
        wrong={wrong ? 'Not that sentence, letter by letter.' : undefined}
      />
    ),
  };
}
