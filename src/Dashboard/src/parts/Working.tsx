import type { ComponentChildren } from 'preact';

/** For what takes about a second: says what is being done. Where steps can be counted, say which of how many. */
export function Working({ children, step, of }: { readonly children: ComponentChildren; readonly step?: number; readonly of?: number }) {
  return (
    <div class="working" role="status">
      <progress aria-label="Progress" {...(step !== undefined && of !== undefined && { value: step - .5, max: of })} />
      <p class="small muted">{step !== undefined && of !== undefined && `Step ${step} of ${of}. `}{children}</p>
    </div>
  );
}
