import { hashOf, isLinkToken } from '../src/link-token.js';

/** The page around this frame, once it has said who it is. */
export interface Embedder {
  origin: string;
  linkToken: string;
  port: MessagePort;
}

/**
 * Waits for the link token. It comes from the page around and nobody else, and must be the one that this address was made from: who may
 * frame the address is decided by its session.
 */
export function awaitEmbedder(parent: Window, path: string, begin: (embedder: Embedder) => void): void {
  if (parent === window) return;
  const hear = ({ source, origin, data, ports: [port] }: MessageEvent<{ keypass?: unknown; nonce?: unknown; linkToken?: unknown } | null>) => {
    if (source !== parent || data?.keypass !== 'shell' || typeof data.nonce !== 'string' || port === undefined) return;
    const { nonce, linkToken } = data;
    if (!isLinkToken(linkToken)) return;
    void hashOf(linkToken).then((hash) => {
      if (!path.endsWith(`/${hash}`)) return;
      window.removeEventListener('message', hear);
      begin({ origin, linkToken, port });
      port.postMessage({ name: 'ready', nonce, metadata: { linkSessionId: null, status: null } });
    });
  };
  window.addEventListener('message', hear);
}
