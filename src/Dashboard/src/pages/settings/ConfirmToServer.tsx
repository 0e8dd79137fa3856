import { inOtherWords } from '../../app/entrance';
import { withPassword } from '../../app/managed-password';
import { ConfirmForm, type ConfirmFrame } from './ConfirmForm';

export interface ConfirmToServerProps extends ConfirmFrame {
  readonly working: string;
  readonly deed: (currentPassword: string) => Promise<void>;
}

/** The same question to an account that signs in with its password: the server is what says whether it is right. */
export function ConfirmToServer({ working, deed, ...frame }: ConfirmToServerProps) {
  const attempt = (password: string) => withPassword(password, deed).catch((failure: unknown) => { throw inOtherWords(failure, words); });
  return <ConfirmForm {...frame} attempt={attempt} wrongCode="sign_in_failed" working={{ words: working }} />;
}

const words = { sign_in_failed: 'That is not the password of this account. Check it, also for capital letters, and try again.' };
