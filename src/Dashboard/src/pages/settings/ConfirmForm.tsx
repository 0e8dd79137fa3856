import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Account } from '../../app/session';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Working } from '../../parts/Working';

export interface ConfirmFrame {
  readonly account: Account;
  readonly title: string;
  /** What the button does, in its own words. */
  readonly action: string;
  readonly danger?: boolean;
  /** Asked before anything is hashed or sent: false where the fields in `children` do not allow it, which say so themselves. */
  readonly ready?: () => boolean;
  readonly onClose: () => void;
  /** The consequence, and what else has to be typed. */
  readonly children: ComponentChildren;
}

interface ConfirmFormProps extends ConfirmFrame {
  readonly attempt: (password: string) => Promise<void>;
  /** The code of the trouble that says the password was wrong; it is shown at the field. */
  readonly wrongCode: string;
  /** While it is under way: what is being done. */
  readonly working: { readonly words: string; readonly step?: number; readonly of?: number };
}

/** A question that wants the password once more. What becomes of the password is the business of the two that use this. */
export function ConfirmForm({ account, title, action, danger, ready, attempt, wrongCode, working, onClose, children }: ConfirmFormProps) {
  const [password, setPassword] = useState('');
  const doing = useDeed();
  const { busy, trouble } = doing;
  const wrongPassword = trouble?.code === wrongCode ? trouble.message : undefined;
  const { words, ...steps } = working;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="form" noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (ready?.() !== false) doing.run(() => attempt(password));
        }}
      >
        {/* Password managers look for the address beside the password. */}
        <input class="spoken" type="email" name="username" autocomplete="username" value={account.email} readOnly tabIndex={-1} aria-hidden="true" />
        {children}
        <PasswordField label="Your present password" name="password" autocomplete="current-password"
          value={password} onChange={setPassword} wrong={wrongPassword} />
        {trouble && wrongPassword === undefined && <Notice kind="bad">{trouble.message}</Notice>}
        {busy && <Working {...steps}>{words}</Working>}
        <div class="actions">
          <button type="submit" class={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>{action}</button>
          <button type="button" class="plain" onClick={onClose}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}
