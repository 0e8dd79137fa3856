import { useState } from 'preact/hooks';
import { inOtherWords, prove, type Proven } from '../../app/entrance';
import { ConfirmForm, type ConfirmFrame } from './ConfirmForm';

export interface ConfirmProps extends ConfirmFrame {
  /** What happens after the password was found right, for who waits. */
  readonly working: string;
  readonly deed: (proven: Proven) => Promise<void>;
}

/** The one place that asks for the password once more. It opens the vault too, so that nobody is asked twice. */
export function ConfirmWithPassword({ working, deed, ...frame }: ConfirmProps) {
  const [proved, setProved] = useState(false);
  const attempt = async (password: string) => {
    setProved(false);
    const proven = await prove(frame.account, password).catch((failure: unknown) => { throw inOtherWords(failure, words); });
    setProved(true);
    await deed(proven);
  };
  const checking = { words: 'Checking the password. On purpose that takes about a second.', step: 1, of: 2 };
  return <ConfirmForm {...frame} attempt={attempt} wrongCode="wrong-secret" working={proved ? { words: working, step: 2, of: 2 } : checking} />;
}

const words = { 'wrong-secret': 'That is not the password of this account. Check it, also for capital letters, and try again.' };
