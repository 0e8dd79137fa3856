import type { Channel } from '../vault/messages';
import { serveVault } from '../vault/serve';

const channel: Channel = {
  postMessage: (message, transfer) => { postMessage(message, { transfer }); },
  addEventListener: (type, listener) => { addEventListener(type, listener); },
};

serveVault(channel, {
  now: () => Date.now(),
  after: (milliseconds, act) => {
    const timer = setTimeout(act, milliseconds);
    return () => { clearTimeout(timer); };
  },
});
