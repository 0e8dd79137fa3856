import { showOverlay } from './dialog.js';
import { hashOf, isLinkToken } from './link-token.js';
import type { CreateOptions, LinkError, LinkMetadata } from './options.js';

/** From `open()` to its end, which comes once: success, exit, redirect or `destroy()`. */
export interface Run {
  exit: () => void;
  end: () => void;
}

/** What the frame says over its port. */
type FromShell =
  | { name: 'ready'; nonce: string; metadata: LinkMetadata }
  | { name: 'event'; event: string; metadata: LinkMetadata }
  | { name: 'success'; publicToken: string | null; metadata: LinkMetadata }
  | { name: 'exit'; error: LinkError | null; metadata: LinkMetadata }
  | { name: 'redirect' };

/** After this the frame will not come: its address is wrong, or a policy forbids it. */
const frameTimeoutMs = 15_000;

export function begin(options: CreateOptions, base: string, over: () => void): Run {
  let ended = false;
  let port: MessagePort | undefined;
  let metadata: LinkMetadata = { linkSessionId: null, status: null };
  const nonce = String(crypto.getRandomValues(new Uint32Array(4)));
  const overlay = showOverlay(() => { exit(); });
  const timer = setTimeout(() => { fail('frame_unreachable', 'The KeyPass frame did not load.'); }, frameTimeoutMs);

  function end(): void {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    port?.close();
    overlay.close();
    over();
  }

  function exit(error: LinkError | null = null): void {
    if (ended) return;
    end();
    options.onExit?.(error, metadata);
  }

  function fail(code: string, message: string): void {
    exit({ code, message });
  }

  function hear(said: FromShell, linkToken: string, hash: string): void {
    if (ended) return;
    if ('metadata' in said) ({ metadata } = said);
    switch (said.name) {
      case 'ready':
        if (said.nonce !== nonce) return;
        clearTimeout(timer);
        options.onLoad?.();
        return;
      case 'event':
        options.onEvent?.(said.event, metadata);
        return;
      case 'success':
        end();
        options.onSuccess({ publicToken: said.publicToken, metadata });
        return;
      case 'exit':
        exit(said.error);
        return;
      case 'redirect':
        end();
        options.onEvent?.('redirected', metadata);
        location.assign(`${base}/link/${hash}#${linkToken}`);
    }
  }

  async function load(): Promise<void> {
    let known: unknown;
    try {
      known = options.token ?? await options.fetchToken?.();
    } catch {
      fail('fetch_token_failed', 'fetchToken() brought no link token.');
      return;
    }
    if (!isLinkToken(known)) {
      fail('invalid_link_token', 'This is no link token.');
      return;
    }
    const linkToken = known;
    // Browsers keep WebCrypto from pages that came over plain http.
    const hash = await hashOf(linkToken).catch(() => undefined);
    if (hash === undefined) fail('insecure_page', 'The page must come over https.');
    if (hash === undefined || ended) return;
    const { frame } = overlay;
    frame.addEventListener('load', () => {
      const channel = new MessageChannel();
      port?.close();
      port = channel.port1;
      port.onmessage = (event: MessageEvent<FromShell>) => { hear(event.data, linkToken, hash); };
      // If anything else than our server answered, this goes nowhere.
      frame.contentWindow?.postMessage({ keypass: 'shell', nonce, linkToken }, new URL(base).origin, [channel.port2]);
    });
    frame.src = `${base}/link/shell/${hash}`;
  }

  void load();
  return { exit, end };
}
