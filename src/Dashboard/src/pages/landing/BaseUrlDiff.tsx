import './diff.css';
import { CopyButton } from '../../parts/CopyButton';

/** The one line a team changes, with the address this page came from. */
export function BaseUrlDiff({ origin }: { readonly origin: string }) {
  const changed = `client = OpenAI(base_url="${origin}/v1")`;
  return (
    <figure class="diff" aria-labelledby="diff-caption">
      <figcaption id="diff-caption" class="small">
        <span><b>OpenAI SDK, Python.</b> <span class="muted">OPENAI_API_KEY holds the virtual key.</span></span>
        <CopyButton text={changed} label="Copy the changed line" />
      </figcaption>
      <pre tabIndex={0} aria-labelledby="diff-caption"><code>
        <span class="line same">{'from openai import OpenAI\n'}</span>
        <del class="line">{'client = OpenAI()\n'}</del>
        <ins class="line">{`${changed}\n`}</ins>
      </code></pre>
      <p class="small muted">
        The TypeScript SDK calls it <code>baseURL</code>. Anthropic’s SDKs take <code>{origin}</code> without the <code>/v1</code>.
      </p>
    </figure>
  );
}
