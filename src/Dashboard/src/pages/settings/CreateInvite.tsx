import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SecretLine } from '../../parts/SecretLine';
import { SelectField } from '../../parts/SelectField';
import { makeInvite } from './invites-api';

const lives = [{ value: '1', label: 'One day' }, { value: '7', label: '7 days' }, { value: '30', label: '30 days' }, { value: '90', label: '90 days' }];

/** With `mails`, the server sends the link itself where it is given an address. */
export function CreateInvite({ mails, onMade, onClose }: { readonly mails: boolean; readonly onMade: () => void; readonly onClose: () => void }) {
  const [email, setEmail] = useState('');
  const [days, setDays] = useState('7');
  const [link, setLink] = useState<string>();
  const making = useDeed();
  const { busy, trouble } = making;
  const address = email.trim();
  if (link !== undefined) return <ShownOnce link={link} mailedTo={mails && address !== '' ? address : undefined} onClose={onClose} />;
  const make = () => {
    making.run(async () => {
      setLink(await makeInvite(address, Number(days)));
      onMade();
    });
  };
  return (
    <Dialog title="Make an invite" onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); make(); }}>
        <Field
          label="E-mail address" type="email" optional autofocus value={email} onChange={setEmail}
          hint={<p>With one, only that address gets in{mails ? ', and the link is mailed to it' : ''}. Without, whoever has the link.</p>}
          wrong={trouble?.field === 'email' ? trouble.message : undefined}
        />
        <SelectField label="Ends after" value={days} options={lives} onChange={setDays} />
        {trouble && trouble.field !== 'email' && <Notice kind="bad">{trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Make the invite</button></div>
      </form>
    </Dialog>
  );
}

function ShownOnce({ link, mailedTo, onClose }: { readonly link: string; readonly mailedTo: string | undefined; readonly onClose: () => void }) {
  return (
    <Dialog wide title="The invite is made" onClose={onClose}>
      <div class="form">
        <Notice kind="warn">
          <p><b>The link is shown once, here and now.</b> {mailedTo === undefined ? 'Send it to the person.' : `It was mailed to ${mailedTo} too.`}</p>
        </Notice>
        <SecretLine label="Invite link" text={link} copy="Copy the link" />
        <div class="actions"><button type="button" class="button primary" onClick={onClose}>I have sent it</button></div>
      </div>
    </Dialog>
  );
}
