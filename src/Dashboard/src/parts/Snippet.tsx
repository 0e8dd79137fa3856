import './shown.css';
import type { ComponentChildren } from 'preact';
import { CopyButton } from './CopyButton';

/** Something to paste elsewhere, with what it is above it and what to know below. */
export function Snippet({ title, label, text, copy, children }: {
  readonly title: ComponentChildren; readonly label: string; readonly text: string; readonly copy: string; readonly children?: ComponentChildren;
}) {
  return (
    <div class="with-snippet">
      {title}
      <div class="snippet">
        <pre tabIndex={0} aria-label={label}><code>{text}</code></pre>
        <CopyButton text={text} label={copy} />
      </div>
      {children}
    </div>
  );
}
