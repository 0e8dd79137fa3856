import './api.css';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask } from '../../app/ask';
import { readDescription, type ApiDescription } from './operations';
import { Prose } from './Prose';
import { Reference } from './Reference';

type Loaded =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly why: string }
  | { readonly state: 'ready'; readonly api: ApiDescription };

export function ApiPage() {
  const [loaded, setLoaded] = useState<Loaded>({ state: 'loading' });
  const heading = useRef<HTMLHeadingElement>(null);
  const load = useCallback(async () => {
    setLoaded({ state: 'loading' });
    setLoaded(await loadDescription());
  }, []);
  useEffect(() => { void load(); }, [load]);

  const retry = () => {
    // The button goes away; whoever pressed it reads on from the top.
    heading.current?.focus();
    void load();
  };

  const api = loaded.state === 'ready' ? loaded.api : undefined;
  return (
    <div class="page api-page">
      <header class="api-head">
        <h1 ref={heading} tabIndex={-1}>API reference</h1>
        {/* What the document says about itself replaces a sentence of about the same height. */}
        {api?.description === undefined
          ? <div class="prose"><p>Every operation of this server, read from its own description.</p></div>
          : <Prose text={api.description} />}
        <p class="small muted">
          {api === undefined ? 'Reading ' : `${api.title} ${api.version ?? ''} · `}<a href="/openapi.json">openapi.json</a>
          {' · '}Base address <code>{location.origin}</code>
        </p>
      </header>
      {loaded.state === 'loading' && <Loading />}
      {loaded.state === 'failed' && <Failed why={loaded.why} retry={retry} />}
      {api !== undefined && <Reference api={api} />}
    </div>
  );
}

async function loadDescription(): Promise<Loaded> {
  const answer = await ask('/openapi.json');
  if (!answer.arrived) return { state: 'failed', why: 'The server did not answer.' };
  if (answer.status !== 200) return { state: 'failed', why: `The server answered with status ${answer.status}.` };
  const api = readDescription(answer.body);
  if (api === undefined) return { state: 'failed', why: 'What the server sent is not an OpenAPI 3 document.' };
  return { state: 'ready', api };
}

function Loading() {
  return (
    <div class="loading" role="status">
      <span class="spoken">Reading the API description</span>
      {Array.from({ length: 6 }, () => <div class="card placeholder" />)}
    </div>
  );
}

function Failed({ why, retry }: { readonly why: string; readonly retry: () => void }) {
  return (
    <div class="card failed" role="alert">
      <h2>The API description could not be read</h2>
      <p>{why} It is fetched from <a href="/openapi.json">/openapi.json</a>; opening that address shows what arrives.</p>
      <button type="button" class="button" onClick={retry}>Try again</button>
    </div>
  );
}
