import { checkPassword } from '@keypass/vault-client';
import { PasswordField } from '../../parts/PasswordField';

export interface NewPasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly email: string;
  /** Only after a try: while someone types, nothing is wrong yet. */
  readonly tried: boolean;
}

export const acceptable = (password: string, email: string): boolean => checkPassword(password, { onlyFactor: true, context: [email] }).accepted;

/** Says while typing what is still missing, and why; red only once someone wanted to go on. */
export function NewPassword({ label, value, onChange, email, tried }: NewPasswordProps) {
  const { accepted, sentence } = checkPassword(value, { onlyFactor: true, context: [email] });
  const rule = 'At least 15 characters. Four or five random words are strong and easy to type; paste from a password manager if you like.';
  return (
    <PasswordField
      label={label} name="new-password" autocomplete="new-password" required value={value} onChange={onChange}
      wrong={tried && !accepted ? sentence : undefined}
      hint={<p aria-live="polite" class={accepted ? 'kind' : undefined}>{value === '' ? rule : tried && !accepted ? '' : sentence}</p>}
    />
  );
}
