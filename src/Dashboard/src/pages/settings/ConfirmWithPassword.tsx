import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { inOtherWords, prove, type Proven } from '../../app/entrance';
import type { Account } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Working } from '../../parts/Working';

export interface ConfirmProps {
  readonly account: Account;
  readonly title: string;
  /** What the button does, in its own words. */
  readonly action: string;
  readonly danger?: boolean;
  /** What happens after the password was found right, for who waits. */
  readonly working: string;
  /** Asked before anything is hashed: false where the fields in `children` do not allow it, which say so themselves. */
  readonly ready?: () => boolean;
  readonly deed: (proven: Proven) => Promise<void>;
  readonly onClose: () => void;
  /** The consequence, and what else has to be typed. */
  readonly children: ComponentChildren;
}

/** The one place that asks for the password once more. It opens the vault too, so that nobody is asked twice. */
export function ConfirmWithPassword({ account, title, action, danger, working, ready, deed, onClose, children }: ConfirmProps) {
  const [password, setPassword] = useState('');
  const [proved, setProved] = useState(false);
  const doing = useDeed();
  const { busy, trouble } = doing;

  const confirm = () => {
    if (ready?.() === false) return;
    doing.run(async () => {
      setProved(false);
      const proven = await prove(account, password).catch((failure: unknown) => { throw inOtherWords(failure, words); });
      setProved(true);
      await deed(proven);
    });
  };
  const wrongPassword = trouble?.code === 'wrong-secret' ? trouble.message : undefined;
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); confirm(); }}>
        {/* Password managers look for the address beside the password. */}
        <input class="spoken" type="email" name="username" autocomplete="username" value={account.email} readOnly tabIndex={-1} aria-hidden="true" />
        {children}
        <PasswordField label="Your present password" name="password" autocomplete="current-password"
          value={password} onChange={setPassword} wrong={wrongPassword} />
        {trouble && wrongPassword === undefined && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && (
          <Working step={proved ? 2 : 1} of={2}>{proved ? working : 'Checking the password. On purpose that takes about a second.'}</Working>
        )}
        <div class="actions">
          <button type="submit" class={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>{action}</button>
          <button type="button" class="plain" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}

const words = { 'wrong-secret': 'That is not the password of this account. Check it, also for capital letters, and try again.' };
