import './form.css';
import './finder.css';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface Found {
  readonly value: string;
  readonly label: string;
  /** What kind of thing it is. */
  readonly hint?: string;
}

/** Long enough that a word typed quickly is one question. */
const pauseMs = 150;

/** A field that offers what fits while one types. */
export function Finder({ label, shown = '', always = false, placeholder, search, onChoose }: {
  readonly label: string;
  /** What was chosen, while nobody types. */
  readonly shown?: string;
  /** The list stands under the field all the time, and its label is only heard. */
  readonly always?: boolean;
  readonly placeholder?: string;
  /** Must stay the same function. */
  readonly search: (text: string) => Promise<readonly Found[]>;
  readonly onChoose: (found: Found) => void;
}) {
  const id = useId();
  const [typed, setTyped] = useState<string | undefined>(always ? '' : undefined);
  const [found, setFound] = useState<readonly Found[]>();
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const open = typed !== undefined;
  const any = open && found !== undefined && found.length > 0;

  useEffect(() => {
    if (typed === undefined) return;
    let superseded = false;
    const wait = setTimeout(() => {
      search(typed).then((next) => {
        if (superseded) return;
        setFound(next);
        setActive(0);
      }, () => { if (!superseded) setFound([]); });
    }, typed === '' ? 0 : pauseMs);
    return () => { superseded = true; clearTimeout(wait); };
  }, [typed, search]);
  useEffect(() => { document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' }); }, [id, active, found]);

  const close = () => { if (!always) { setTyped(undefined); setFound(undefined); } };
  const choose = (one: Found | undefined) => {
    if (one === undefined) return;
    close();
    onChoose(one);
  };
  const press = (event: KeyboardEvent) => {
    const count = found?.length ?? 0;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) setTyped('');
      else if (count > 0) setActive((active + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
    } else if (event.key === 'Enter' && open) {
      event.preventDefault();
      choose(found?.[active]);
    } else if (event.key === 'Escape' && open && !always) {
      event.preventDefault();
      close();
    }
  };
  return (
    <div class={always ? 'finder always' : 'field finder'}>
      <label for={id} class={always ? 'spoken' : undefined}>{label}</label>
      <input
        ref={input} id={id} type="text" role="combobox" autocomplete="off" spellcheck={false} autofocus={always} placeholder={placeholder}
        aria-autocomplete="list" aria-expanded={any} aria-controls={`${id}-list`}
        aria-activedescendant={any ? `${id}-${active}` : undefined}
        value={typed ?? shown} onInput={(event) => { setTyped(event.currentTarget.value); }} onKeyDown={press}
        onFocus={() => { if (!always) input.current?.select(); }} onClick={() => { if (!open) setTyped(''); }} onBlur={close}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={label} hidden={!any} class="found card">
        {any && found.map((one, place) => (
          <li
            key={place} id={`${id}-${place}`} role="option" aria-selected={place === active}
            // The field keeps focus: losing it would close the list before the click.
            onMouseDown={(event) => { event.preventDefault(); }} onClick={() => { choose(one); }} onMouseMove={() => { setActive(place); }}
          >
            <span>{one.label}</span>
            {one.hint !== undefined && <span class="small muted">{one.hint}</span>}
          </li>
        ))}
      </ul>
      <p role="status" class={open && found?.length === 0 ? 'small muted' : 'spoken'}>
        {open && found !== undefined && (found.length === 0 ? 'Nothing is called that.' : `${found.length.toLocaleString()} found`)}
      </p>
    </div>
  );
}
