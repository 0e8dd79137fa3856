import { useState } from 'preact/hooks';
import { patch, remove } from '../../app/api';
import { goTo } from '../../app/router';
import { accountIsGone, findSession, type Account } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Custody } from '../../parts/Custody';
import { Field } from '../../parts/Field';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Row, Rows } from '../../parts/Rows';
import { SelectField } from '../../parts/SelectField';
import { zonesWith } from '../../parts/zones';
import { AccountBudget } from './AccountBudget';
import { AddressProof } from './AddressProof';
import { ConfirmToServer } from './ConfirmToServer';
import { ConfirmWithPassword, type ConfirmProps } from './ConfirmWithPassword';
import { Section, SettingsFrame } from './SettingsFrame';

export function AccountPage() {
  return (
    <SettingsFrame>
      {(account) => (
        <>
          <Section title="Profile" lead={<p>Who you are to the people and apps you lend keys to, and where your day begins: budgets reset by it.</p>}>
            <Rows label="Account">
              <Row
                title={account.email} under="You sign in with it"
                facts={[{ name: 'Custody', value: <Custody custody={account.custody} /> }, { name: 'Since', value: <Moment at={account.createdAt} /> }]}
              />
            </Rows>
            {!account.emailVerified && <AddressProof email={account.email} />}
            <Profile account={account} />
          </Section>
          <Section title="Budget" lead={<p>What everything in this account may spend together, whatever the limits of single keys.</p>}>
            <AccountBudget />
          </Section>
          <Section title="Delete the account" lead={<p>Everything in it goes, at once and for good.</p>}><DeleteAccount account={account} /></Section>
        </>
      )}
    </SettingsFrame>
  );
}

function Profile({ account }: { readonly account: Account }) {
  const [name, setName] = useState(account.name ?? '');
  const [zone, setZone] = useState(account.timeZone);
  const [saved, setSaved] = useState(false);
  const saving = useDeed();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const unchanged = name.trim() === (account.name ?? '') && zone === account.timeZone;

  const save = () => {
    setSaved(false);
    saving.run(async () => {
      await patch('/v1/account', { timeZone: zone, name: name.trim() });
      await findSession();
      setSaved(true);
    });
  };
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); if (!unchanged) save(); }}>
      <Field
        label="Name" value={name} maxLength={100} autocomplete="name" onChange={(next) => { setName(next); setSaved(false); }}
        wrong={saving.trouble?.field === 'name' ? saving.trouble.message : undefined}
      />
      <SelectField
        label="Time zone" value={zone} options={zonesWith(account.timeZone)} onChange={(next) => { setZone(next); setSaved(false); }}
        hint={here !== zone && <p>This browser is in {here}. <button type="button"
          class="plain small" onClick={() => { setZone(here); }}>Take that</button></p>}
      />
      {saving.trouble && saving.trouble.field !== 'name' && <Notice kind="bad">{saving.trouble.message}</Notice>}
      <div class="actions">
        <button type="submit" class="button primary" aria-disabled={saving.busy || unchanged}>Save</button>
        <span role="status" class="kind">{saved && unchanged && 'Saved.'}</span>
      </div>
    </form>
  );
}

function DeleteAccount({ account }: { readonly account: Account }) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const matches = typed.trim().toLowerCase() === account.email.toLowerCase();
  return (
    <>
      <p>
        Your provider keys, tokens and virtual keys are deleted, and whatever uses them is refused from that moment on. The provider keys themselves
        stay valid at their vendors.
      </p>
      <button type="button" class="button danger" onClick={() => { setAsking(true); }}>Delete the account …</button>
      {asking && (
        <Confirm
          account={account} title="Delete this account?" action="Delete it for good" danger working="Deleting everything."
          onClose={() => { setAsking(false); setTyped(''); setTried(false); }}
          ready={() => { setTried(true); return matches; }}
          deed={async (proof) => {
            await remove('/v1/account', { email: typed.trim(), ...proof });
            accountIsGone();
            goTo('/', true);
          }}
        >
          <Notice kind="warn">
            <p><b>There is no way back.</b> Every key is gone, every app and program is cut off, and nobody can restore it, we neither.</p>
          </Notice>
          <Field
            label="Type your address" hint={<p>{account.email}</p>} type="email" value={typed} onChange={setTyped} autofocus
            wrong={tried && !matches ? 'That is not the address of this account.' : undefined}
          />
        </Confirm>
      )}
    </>
  );
}

type Proof = { readonly authHash: string } | { readonly password: string };

/** By whichever way this account proves itself. */
function Confirm({ deed, ...question }: Omit<ConfirmProps, 'deed'> & { readonly deed: (proof: Proof) => Promise<void> }) {
  return question.account.signsInWith === 'password'
    ? <ConfirmToServer {...question} deed={(password) => deed({ password })} />
    : <ConfirmWithPassword {...question} deed={({ currentAuthHash }) => deed({ authHash: currentAuthHash })} />;
}
