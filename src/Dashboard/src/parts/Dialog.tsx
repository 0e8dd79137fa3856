import './dialog.css';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Cross } from './icons';

export interface DialogProps {
  readonly title: string;
  /** Escape, the cross, or a button in it: it is gone once the parent no longer draws it. */
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** The browser's own modal: it keeps focus inside, and gives it back to what opened it. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // Removed while open, it would leave focus nowhere.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <dialog ref={element} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={headingId} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <header>
        <h2 id={headingId}>{title}</h2>
        <button type="button" class="plain close" aria-label="Close" onClick={onClose}><Cross /></button>
      </header>
      {children}
    </dialog>
  );
}
