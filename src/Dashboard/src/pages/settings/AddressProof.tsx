import { useEffect, useState } from 'preact/hooks';
import { post } from '../../app/api';
import { useDeed } from '../../app/useDeed';
import { Notice } from '../../parts/Notice';
import { readRegistration } from './invites-api';

/** For an address that nobody has proved. On a server without mail there is no way to, and nothing is said. */
export function AddressProof({ email }: { readonly email: string }) {
  const [sendsMail, setSendsMail] = useState(false);
  const [sent, setSent] = useState(false);
  const sending = useDeed();
  useEffect(() => { readRegistration().then(({ mail }) => { setSendsMail(mail); }, () => undefined); }, []);
  if (!sendsMail) return null;

  const send = () => {
    sending.run(async () => {
      await post('/v1/account/verify-email');
      setSent(true);
    });
  };
  return (
    <Notice kind="warn">
      <p><b>Nobody has confirmed yet that {email} is yours.</b> A link in a mail does that; letters about your account go there too.</p>
      <div class="actions">
        <button type="button" class="button" aria-disabled={sending.busy} onClick={send}>{sent ? 'Send it again' : 'Send the mail'}</button>
        <span role="status" class="kind">{sent && !sending.busy && 'Sent. The link works once, within a day.'}</span>
      </div>
      {sending.trouble && <p>{sending.trouble.message}</p>}
    </Notice>
  );
}
