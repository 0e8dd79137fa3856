import { useState } from 'preact/hooks';
import { acceptable, NewPassword } from '../entrance/NewPassword';
import type { Account } from '../../app/session';
import { Notice } from '../../parts/Notice';
import { ChangeCustody } from './ChangeCustody';
import { ConfirmToServer } from './ConfirmToServer';
import { ConfirmWithPassword } from './ConfirmWithPassword';
import { Custody } from '../../parts/Custody';
import { KeepCode, type Keeping } from './KeepCode';
import { Passkeys } from './Passkeys';
import { makeRotation } from './rotate-vault';
import { Sessions } from './Sessions';
import { changeManagedPassword, changePassword, makeRecoveryCode } from './settings-api';
import { Section, SettingsFrame } from './SettingsFrame';

type Asking = 'password' | 'code' | 'vault' | 'custody';

export function SecurityPage() {
  const [keeping, setKeeping] = useState<Keeping>();
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(undefined); };
  const keep = (next: Keeping) => { close(); setSaid(undefined); setKeeping(next); };

  if (keeping !== undefined) {
    const leave = () => { setKeeping(undefined); };
    return <KeepCode {...keeping} onLeave={leave} onSettled={() => { setSaid(keeping.after); leave(); }} />;
  }
  return (
    <SettingsFrame>
      {(account) => (
        <>
          {said !== undefined && <Notice kind="good">{said}</Notice>}
          <Section title="Password" lead={<p>{inClear(account) ? ofManaged : ofSealed}</p>}>
            <p>Changing it signs out every other browser and program that is signed in as you. Tokens and virtual keys go on working.</p>
            <button type="button" class="button" onClick={() => { setAsking('password'); }}>Change the password …</button>
          </Section>
          {!inClear(account) && (
            <>
              <Section
                title="Passkeys"
                lead={<p>A touch of your phone, computer or security key in place of the password. What opens the vault never leaves the browser.</p>}
              >
                <Passkeys account={account} />
              </Section>
              <Section title="Recovery code" lead={<p>Opens the vault when the password is lost. It was shown once, and only its proof is kept.</p>}>
                <p>Make a new one if the old one is lost, or somebody may have read it. The old one is valid until you have kept the new one.</p>
                <button type="button" class="button" onClick={() => { setAsking('code'); }}>Make a new code …</button>
              </Section>
            </>
          )}
          <Section
            title="Where you are signed in"
            lead={<p>Each browser and program with a session of yours. {account.custody === 'managed' ? usesKeys : opensNone}</p>}
          >
            <Sessions />
          </Section>
          {account.custody === 'sealed' && (
            <Section title="Vault key" lead={<p>The key inside your vault, under which your provider keys lie.</p>}>
              <p>
                Change it when the old one may be in strange hands: a computer you had unlocked on was taken over, or somebody had your password or
                code. Everything is sealed anew in this browser. Tokens and virtual keys go on working; passkeys are removed, and you add them again.
              </p>
              <button type="button" class="button" onClick={() => { setAsking('vault'); }}>Change the vault key …</button>
            </Section>
          )}
          <Section title="Who can open the vault" lead={<p>Today it is <Custody custody={account.custody} /></p>}>
            {account.custody === 'managed'
              ? <p>The server can decrypt your keys. Seal the vault, and only your browser can, with your password or a recovery code.</p>
              : <p>Only your browser. You can let the server do it too: then programs put keys in without your click, and you unlock nothing.</p>}
            <button type="button" class="button" onClick={() => { setSaid(undefined); setAsking('custody'); }}>
              {account.custody === 'managed' ? 'Seal the vault …' : 'Let the server open it …'}
            </button>
          </Section>
          {asking === 'custody' && <ChangeCustody account={account} onClose={close} onKeep={keep}
            onManaged={() => { close(); setSaid('The server can open the vault from now on, and you need not unlock it.'); }} />}
          {asking === 'password' && <ChangePassword account={account} onClose={close}
            onDone={() => { close(); setSaid('The password is changed, and every other session has ended.'); }} />}
          {asking === 'code' && <NewRecoveryCode account={account} onClose={close} onMade={keep} />}
          {asking === 'vault' && <RotateVault account={account} onClose={close} onMade={keep} />}
        </>
      )}
    </SettingsFrame>
  );
}

const inClear = ({ signsInWith }: Account): boolean => signsInWith === 'password';
const opensNone = 'A session reads names; it opens no key.';
const usesKeys = 'The vault is managed, so a session can have the server use any key in it.';
const ofSealed = 'It signs you in and opens your vault. We never see it, and cannot reset it.';
const ofManaged = 'It signs you in. The server gets it each time, keeps a slow hash of it, and cannot reset it.';

function ChangePassword({ account, onClose, onDone }: { readonly account: Account; readonly onClose: () => void; readonly onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const question = {
    account, title: 'Change the password', action: 'Change it', onClose, ready: () => { setTried(true); return acceptable(password, account.email); },
    children: (
      <>
        <p class="muted">
          Every other session ends: other browsers sign in again, with the new password.{!inClear(account) && ' The recovery code stays as it is.'}
        </p>
        <NewPassword label="New password" value={password} onChange={setPassword} email={account.email} tried={tried} />
      </>
    ),
  };
  return inClear(account)
    ? <ConfirmToServer {...question} working="Changing it." deed={async (current) => { await changeManagedPassword(current, password); onDone(); }} />
    : <ConfirmWithPassword {...question} working="Turning the new password into the vault’s key."
      deed={async (proven) => { await changePassword(account, proven, password); onDone(); }} />;
}

interface MakingProps {
  readonly account: Account;
  readonly onClose: () => void;
  readonly onMade: (next: Keeping) => void;
}

function NewRecoveryCode({ account, onClose, onMade }: MakingProps) {
  return (
    <ConfirmWithPassword
      account={account} title="Make a new recovery code" action="Show the new code" working="Sealing the vault’s key for the new code." onClose={onClose}
      deed={async (proven) => {
        onMade({
          ...await makeRecoveryCode(proven), email: account.email, done: 'It replaces the old one as soon as you have typed part of it back.',
          working: 'Putting the new code in the old one’s place.', after: 'The new recovery code is valid; the old one is worth nothing now.',
        });
      }}
    >
      <p class="muted">It is shown once. Have a pen, or a password manager other than KeyPass, at hand.</p>
    </ConfirmWithPassword>
  );
}

function RotateVault({ account, onClose, onMade }: MakingProps) {
  return (
    <ConfirmWithPassword
      account={account} title="Change the vault key?" action="Seal everything anew"
        working="Sealing every key and grant under the new vault key." onClose={onClose}
      deed={async (proven) => {
        const { leftBehind, ...made } = await makeRotation(proven);
        const left = leftBehind === 0 ? '' : ` ${leftBehind} of its entries did not open, because this vault did not make them or somebody altered `
          + 'them: they are left behind and deleted.';
        onMade({
          ...made, email: account.email,
          done: `The vault goes over to its new key as soon as you have typed part of this new code back; the old code ends then.${left}`,
          working: 'Putting the new vault key in the old one’s place.',
          after: 'The vault has a new key and a new recovery code, and every other session has ended. Add your passkeys again.',
        });
      }}
    >
      <ul class="muted steps">
        <li>Every other session ends, and you get a new recovery code.</li>
        <li>Your passkeys are removed, because none of them opens the new key: add them again afterwards.</li>
        <li>Whoever saw a provider key keeps that: rotate such keys at their vendors too.</li>
      </ul>
    </ConfirmWithPassword>
  );
}
