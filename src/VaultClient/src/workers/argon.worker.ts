import { stretchPassword } from '../kp1/argon';
import { portIn, serveArgon } from '../vault/argon-channel';

// Its own file, because its response alone is served with 'wasm-unsafe-eval'. Started for one question and ended after it, so that
// 64 MiB of memory, and what a password left in it, are gone.
addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  serveArgon(portIn(data), (password, kdf) => stretchPassword(password, kdf, () => performance.now()));
}, { once: true });
