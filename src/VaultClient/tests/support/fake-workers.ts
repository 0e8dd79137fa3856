import { vi } from 'vitest';
import { checkFloor, concat, type Bytes, type PasswordKdf } from '../../src/kp1/index';
import { portIn, serveArgon, type StretchMeasured } from '../../src/vault/argon-channel';
import { serveVault } from '../../src/vault/serve';
import { Vault, type WorkerLike } from '../../src/vault/vault';

/** A vault whose workers run in this thread, behind real ports, with a clock that the test turns. */
export interface Bench {
  readonly vault: Vault;
  readonly clock: { now: number; advance: (milliseconds: number) => void };
  readonly stretch: ReturnType<typeof vi.fn<StretchMeasured>>;
  /** Everything that was posted to and from the vault worker, in words. */
  readonly traffic: string[];
  readonly started: { vault: number; argon: number; ended: number };
}

/** As hard as a worker's memory: a digest. What Argon2id gives is tested elsewhere. */
export async function cheaply(password: Bytes, kdf: PasswordKdf): Promise<Bytes> {
  checkFloor(kdf);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(password, kdf.salt)));
}

export function bench(): Bench {
  const timers = new Set<{ due: number; act: () => void }>();
  const clock = {
    now: 1_000_000,
    advance(milliseconds: number) {
      clock.now += milliseconds;
      for (const timer of [...timers]) if (timer.due <= clock.now && timers.delete(timer)) timer.act();
    },
  };
  const stretch = vi.fn<StretchMeasured>(async (password, kdf) => ({ secret: await cheaply(password, kdf), engine: 'test', milliseconds: 0 }));
  const traffic: string[] = [];
  const started = { vault: 0, argon: 0, ended: 0 };

  const startVault = (): WorkerLike => {
    started.vault++;
    const { port1, port2 } = new MessageChannel();
    const inside = channelOf(port1, traffic);
    serveVault(inside, {
      now: () => clock.now,
      after: (milliseconds, act) => {
        const timer = { due: clock.now + milliseconds, act };
        timers.add(timer);
        return () => { timers.delete(timer); };
      },
    });
    return { ...channelOf(port2, traffic), terminate: () => { started.ended++; port1.close(); port2.close(); } };
  };
  const startArgon = (): WorkerLike => {
    started.argon++;
    return {
      postMessage: (message) => { serveArgon(portIn(message), stretch); },
      addEventListener: () => undefined,
      terminate: () => { started.ended++; },
    };
  };
  return { vault: new Vault({ startVault, startArgon }), clock, stretch, traffic, started };
}

function channelOf(port: MessagePort, traffic: string[]): Omit<WorkerLike, 'terminate'> {
  return {
    postMessage: (message, transfer) => {
      traffic.push(JSON.stringify(message));
      port.postMessage(message, transfer);
    },
    addEventListener: (type, listener) => {
      if (type !== 'message') return;
      port.addEventListener('message', (event) => { listener({ data: event.data as unknown }); });
      port.start();
    },
  };
}
