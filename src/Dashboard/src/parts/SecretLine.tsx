import './shown.css';
import { CopyButton } from './CopyButton';

/** Something that is shown once: to read, to select, and to copy for a minute. */
export function SecretLine({ label, text, copy }: { readonly label: string; readonly text: string; readonly copy: string }) {
  return (
    <div class="secret-line">
      <code aria-label={label}>{text}</code>
      <CopyButton text={text} label={copy} secret />
    </div>
  );
}
