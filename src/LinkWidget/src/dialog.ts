/** What lies over the page. Styled by script alone, which a policy without 'unsafe-inline' allows. */
export interface Overlay {
  frame: HTMLIFrameElement;
  close: () => void;
}

const wording = 'Connect with KeyPass';

/** A modal dialog of the browser's own: it keeps the focus in, the page behind it still, and hears Escape. */
export function showOverlay(onEscape: () => void): Overlay {
  const dialog = document.createElement('dialog');
  const frame = document.createElement('iframe');
  const focused = document.activeElement;
  const root = document.documentElement;
  const { overflow } = root.style;

  dialog.setAttribute('aria-label', wording);
  Object.assign(dialog.style, {
    position: 'fixed', inset: '0', width: '100%', height: '100%', maxWidth: 'none', maxHeight: 'none', margin: '0', border: '0', padding: '0',
    display: 'grid', placeItems: 'center', background: 'rgb(20 21 19 / .55)',
  });
  frame.title = wording;
  frame.referrerPolicy = 'no-referrer';
  Object.assign(frame.style, {
    width: 'min(100%, 420px)', height: 'min(100%, 560px)', border: '0', borderRadius: '12px', background: 'Canvas', colorScheme: 'light dark',
  });
  dialog.append(frame);
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    onEscape();
  });
  // A second Escape closes a dialog whatever its page says.
  dialog.addEventListener('close', onEscape);
  document.body.append(dialog);
  root.style.overflow = 'hidden';
  dialog.showModal();

  return {
    frame,
    close() {
      dialog.removeEventListener('close', onEscape);
      dialog.close();
      dialog.remove();
      root.style.overflow = overflow;
      if (focused instanceof HTMLElement) focused.focus();
    },
  };
}
