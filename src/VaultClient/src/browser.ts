import argonWorkerUrl from './workers/argon.worker.ts?worker&url';
import vaultWorkerUrl from './workers/vault.worker.ts?worker&url';
import { Vault, type WorkerLike } from './vault/vault';

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

const ownWorkers = new Set([argonWorkerUrl, vaultWorkerUrl]);

/** The vault pages require Trusted Types, under which starting a worker from a plain string throws. Only these two pass. */
const policy: ScriptUrlPolicy = ((globalThis as { trustedTypes?: TrustedTypes }).trustedTypes ?? { createPolicy: (_, rules) => rules }).createPolicy(
  'keypass-workers',
  {
    createScriptURL(url) {
      if (!ownWorkers.has(url)) throw new TypeError('Not a worker of the vault.');
      return url;
    },
  },
);

/** The one vault of a page: locks when the page is left. */
export function openVaultInPage(): Vault {
  const vault = new Vault({ startVault: () => start(vaultWorkerUrl, 'vault'), startArgon: () => start(argonWorkerUrl, 'argon') });
  vault.lockOnLeave(window);
  return vault;
}

function start(url: string, name: string): WorkerLike {
  const worker = new Worker(policy.createScriptURL(url), { type: 'module', name });
  return {
    postMessage: (message, transfer) => { worker.postMessage(message, transfer); },
    addEventListener: (type: 'message' | 'error', listener: (event: { readonly data: unknown }) => void) => {
      worker.addEventListener(type, (event) => { listener({ data: 'data' in event ? event.data : undefined }); });
    },
    terminate: () => { worker.terminate(); },
  };
}
