import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

type Palette = ComponentType<{ readonly onClose: () => void }>;

/** The way to everything by name: a button, and Ctrl K. What it opens is fetched when it is first asked for. */
export function usePalette(): { readonly door: ComponentChildren; readonly palette: ComponentChildren } {
  const [Shown, setShown] = useState<Palette>();
  const open = () => {
    // Over a question that waits for its answer nothing else opens.
    if (document.querySelector('dialog[open]') === null) import('./Palette').then(({ Palette }) => { setShown(() => Palette); }, () => undefined);
  };
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      open();
    };
    addEventListener('keydown', press);
    return () => { removeEventListener('keydown', press); };
  }, []);
  return {
    door: (
      <button type="button" class="button search-button" aria-keyshortcuts="Control+K Meta+K" onClick={open}>
        Find<kbd class="small muted">{navigator.platform.startsWith('Mac') ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
    ),
    palette: Shown && <Shown onClose={() => { setShown(undefined); }} />,
  };
}
