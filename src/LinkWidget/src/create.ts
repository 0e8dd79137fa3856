import { begin, type Run } from './run.js';
import type { CreateOptions, LinkHandler } from './options.js';

/** Nothing happens in the page before `open()`. */
export function create(options: CreateOptions): LinkHandler {
  const base = new URL(options.apiBaseUrl);
  const onThisMachine = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname);
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && onThisMachine)) throw new TypeError('apiBaseUrl must be https.');
  if ((options.token === undefined) === (options.fetchToken === undefined)) throw new TypeError('Give either token or fetchToken.');
  let run: Run | undefined;
  let destroyed = false;
  return {
    open() {
      if (destroyed || run !== undefined) return;
      run = begin(options, base.href.replace(/\/+$/, ''), () => { run = undefined; });
    },
    exit() { run?.exit(); },
    destroy() {
      destroyed = true;
      run?.end();
    },
  };
}
