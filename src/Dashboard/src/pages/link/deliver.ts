/**
 * Gives the public token (null after a change) to the frame that opened this window, if it can be reached; the relay has it besides, and
 * only the frame knows which of the two arrived. Its half is src/LinkWidget/shell/consent-window.ts.
 */
export function deliverToOpener(publicToken: string | null): void {
  const opener = window.opener as Window | null;
  if (opener === null) return;
  window.addEventListener('message', ({ origin, source, data, ports: [port] }: MessageEvent<{ keypass?: unknown; nonce?: unknown } | null>) => {
    if (origin !== location.origin || source !== opener || data?.keypass !== 'opener') return;
    port?.postMessage({ nonce: data.nonce, publicToken });
  });
  opener.postMessage({ keypass: 'consent' }, location.origin);
}

/** Back to the app, where it sent this window here instead of opening it; there the link SDK goes on by itself. */
export function returnTo(redirectUri: string, linkSessionId: string, status: 'approved' | 'denied'): void {
  const address = new URL(redirectUri);
  address.searchParams.set('link_session_id', linkSessionId);
  address.searchParams.set('status', status);
  location.replace(address);
}
