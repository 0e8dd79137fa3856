import { isPublicToken } from './relay.js';

// Between this frame and the consent window that it opened. Both are pages of one server; a message of any other is not heard.
// The window says that it is there, the frame hands it a port with a nonce, the public token comes back through that port.

/** Links inside such programs open nothing, or something that cannot come back. */
const inAppBrowser = /\b(FBAN|FBAV|Instagram|Line|MicroMessenger|GSA|LinkedInApp|TikTok|musical_ly)\b|; wv\)/;

export interface ConsentWindow {
  close: () => void;
}

export const opensNoWindow = (): boolean => inAppBrowser.test(navigator.userAgent);

/** Must be called by the click itself. Undefined where no window was opened, or one that is cut off from the page around (COOP): that looks the same. */
export function openConsentWindow(hostedUrl: string, delivered: (publicToken: string | null) => void): ConsentWindow | undefined {
  const opened = window.open(hostedUrl, '_blank', 'popup,width=480,height=720');
  if (opened === null) return undefined;
  const nonce = String(crypto.getRandomValues(new Uint32Array(4)));
  const ports: MessagePort[] = [];

  function hear(event: MessageEvent<unknown>): void {
    if (event.origin !== location.origin || event.source !== opened || (event.data as { keypass?: unknown } | null)?.keypass !== 'consent') return;
    const channel = new MessageChannel();
    ports.push(channel.port1);
    channel.port1.onmessage = ({ data }: MessageEvent<{ nonce?: unknown; publicToken?: unknown } | null>) => {
      if (data?.nonce === nonce && (data.publicToken === null || isPublicToken(data.publicToken))) delivered(data.publicToken);
    };
    opened?.postMessage({ keypass: 'opener', nonce }, location.origin, [channel.port2]);
  }

  window.addEventListener('message', hear);
  return {
    close() {
      window.removeEventListener('message', hear);
      for (const port of ports) port.close();
      opened.close();
    },
  };
}
