import { useId, useRef } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { AppLogo } from './AppLogo';
import { readLogo } from './logo';

export interface LogoFieldProps {
  readonly name: string;
  readonly logo: string;
  readonly onChange: (logo: string) => void;
  readonly wrong: string | undefined;
}

/** A picture from the developer's machine; what is sent is drawn anew, square and small. */
export function LogoField({ name, logo, onChange, wrong }: LogoFieldProps) {
  const id = useId();
  const chooser = useRef<HTMLInputElement>(null);
  const reading = useDeed();
  const said = reading.trouble?.message ?? wrong;
  const choose = (file: File | undefined) => {
    if (file !== undefined) reading.run(async () => { onChange(await readLogo(file)); });
  };
  return (
    <div class="field" data-wrong={said !== undefined}>
      <label for={id}>Logo<span class="muted"> (optional)</span></label>
      <div class="logo-field">
        <AppLogo name={name} logo={logo === '' ? undefined : logo} large />
        <input
          ref={chooser} id={id} type="file" accept="image/png,image/jpeg,image/webp" aria-invalid={said !== undefined} aria-describedby={`${id}-hint`}
          onChange={(event) => { choose(event.currentTarget.files?.[0]); }}
        />
        {logo !== '' && (
          <button type="button" class="plain" onClick={() => { if (chooser.current) chooser.current.value = ''; reading.clear(); onChange(''); }}>
            Remove the logo
          </button>
        )}
      </div>
      {said !== undefined && <p class="small wrong" role="alert">{said}</p>}
      <p id={`${id}-hint`} class="small muted">Shown where people decide. A PNG, JPEG or WebP of any size; this page makes it square and small.</p>
    </div>
  );
}
