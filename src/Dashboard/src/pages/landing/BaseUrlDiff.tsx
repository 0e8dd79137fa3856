import { CopyButton } from '../../parts/CopyButton';
import { Diff } from '../../parts/Diff';

/** The one line a team changes, with the address this page came from. */
export function BaseUrlDiff({ origin }: { readonly origin: string }) {
  const changed = `client = OpenAI(base_url="${origin}/v1")`;
  return (
    <figure class="change" aria-labelledby="diff-caption">
      <figcaption id="diff-caption" class="small">
        <span><b>OpenAI SDK, Python.</b> <span class="muted">OPENAI_API_KEY holds the virtual key.</span></span>
        <CopyButton text={changed} label="Copy the changed line" />
      </figcaption>
      <Diff
        labelledBy="diff-caption"
        lines={[{ kind: 'same', text: 'from openai import OpenAI' }, { kind: 'gone', text: 'client = OpenAI()' }, { kind: 'new', text: changed }]}
      />
      <p class="small muted">
        The TypeScript SDK calls it <code>baseURL</code>. Anthropic’s SDKs take <code>{origin}</code> without the <code>/v1</code>.
      </p>
    </figure>
  );
}
