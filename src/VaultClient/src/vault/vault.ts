import { Refusal, refuse, type RefusalReason } from '../kp1/index';
import { isMessage, type Channel, type Reply } from './messages';
import type { AnswerOf, AskOf, LockCause, OperationName, VaultStatus } from './operations';
import type { PasskeyProof, Proof } from './proof';
import type { KdfWire } from './wire';

/** A worker, as far as the vault uses one. */
export interface WorkerLike extends Channel {
  addEventListener(type: 'message' | 'error', listener: (event: { readonly data: unknown }) => void): void;
  terminate(): void;
}

export interface Workers {
  readonly startVault: () => WorkerLike;
  /** Asked for anew whenever a password is to be hashed, and ended after it. */
  readonly startArgon: () => WorkerLike;
}

interface Waiting {
  readonly resolve: (answer: AnswerOf<OperationName>) => void;
  readonly reject: (failure: Refusal) => void;
}

/** Operations in which a password may be hashed. */
const stretching: ReadonlySet<OperationName> = new Set([
  'register', 'prepare', 'changePassword', 'addPasskey', 'replaceRecoveryCode', 'shareVault', 'rotateVaultKey', 'toManaged', 'toSealed',
]);

/** The page's half: asks the worker that holds the vault key, and never sees that key. */
export class Vault {
  readonly #workers: Workers;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lockListeners = new Set<(cause: LockCause) => void>();
  #worker: WorkerLike | undefined;
  #lastId = 0;

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  /** Anything of the list in `operations.ts`. The methods below are the ones that need more than a question. */
  ask<Name extends OperationName>(operation: Name, ask: AskOf<Name>): Promise<AnswerOf<Name>> {
    return stretching.has(operation) ? this.#askWithArgon(operation, ask) : this.#post(operation, ask);
  }

  register(email: string, password: string, onlyFactor = true): Promise<AnswerOf<'register'>> {
    return this.ask('register', { email, password, onlyFactor });
  }

  async prepareLogin(password: string, kdf: KdfWire): Promise<{ authHash: string }> {
    return this.#prepareToProve({ by: 'password', password, kdf });
  }

  async prepareRecovery(code: string): Promise<{ authHash: string }> {
    return this.#prepareToProve({ by: 'recovery', code });
  }

  async unlock(ask: AskOf<'unlock'>): Promise<void> {
    await this.ask('unlock', ask);
  }

  async unlockWithPasskey(passkey: Omit<PasskeyProof, 'by'>, ask: AskOf<'unlock'>): Promise<void> {
    await this.ask('prepare', { proof: { by: 'passkey', ...passkey } });
    await this.ask('unlock', ask);
  }

  status(): Promise<VaultStatus> {
    return this.#worker === undefined ? Promise.resolve({ locked: true }) : this.ask('status', {});
  }

  /** Ends the worker, and with it every byte it held. Whoever waits for an answer is told. */
  lock(): void {
    if (this.#worker === undefined) return;
    this.#end('locked', 'The vault was locked.');
    this.#tellLocked('asked');
  }

  /** Also when the worker locks by itself, after fifteen minutes without a question. */
  onLock(listener: (cause: LockCause) => void): () => void {
    this.#lockListeners.add(listener);
    return () => { this.#lockListeners.delete(listener); };
  }

  /** A page that is left, reloaded or put into the back-forward cache takes no open vault with it. */
  lockOnLeave(page: Pick<EventTarget, 'addEventListener'>): void {
    page.addEventListener('pagehide', () => { this.lock(); });
  }

  async #prepareToProve(proof: Proof): Promise<{ authHash: string }> {
    const { authHash } = await this.ask('prepare', { proof });
    return { authHash: authHash ?? refuse('unavailable', 'The worker gave no proof.') };
  }

  async #askWithArgon<Name extends OperationName>(operation: Name, ask: AskOf<Name>): Promise<AnswerOf<Name>> {
    const argon = this.#workers.startArgon();
    const { port1, port2 } = new MessageChannel();
    const failed = new Promise<never>((_, reject) => {
      argon.addEventListener('error', () => { reject(new Refusal('unavailable', 'The worker that hashes passwords did not start.')); });
    });
    try {
      argon.postMessage({ port: port1 }, [port1]);
      return await Promise.race([this.#post(operation, ask, port2), failed]);
    } finally {
      argon.terminate();
      port1.close();
      port2.close();
    }
  }

  #post<Name extends OperationName>(operation: Name, ask: AskOf<Name>, argon?: MessagePort): Promise<AnswerOf<Name>> {
    const worker = this.#started();
    const id = ++this.#lastId;
    return new Promise<AnswerOf<Name>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, operation, ask, ...(argon && { argon }) }, argon ? [argon] : []);
    });
  }

  #started(): WorkerLike {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#workers.startVault();
    worker.addEventListener('message', ({ data }) => {
      // A worker that was ended may still have said something.
      if (isMessage(data) && this.#worker === worker) this.#take(data as unknown as Reply);
    });
    worker.addEventListener('error', () => {
      if (this.#worker === worker) this.#end('unavailable', 'The worker that holds the vault did not start.');
    });
    this.#worker = worker;
    return worker;
  }

  #take(reply: Reply): void {
    if (reply.outcome === 'locked') {
      this.#tellLocked(reply.cause);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.outcome === 'answer') waiting?.resolve(reply.answer);
    else waiting?.reject(new Refusal(reply.reason, reply.message));
  }

  #end(reason: RefusalReason, message: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Refusal(reason, message));
    this.#waiting.clear();
  }

  #tellLocked(cause: LockCause): void {
    for (const listener of this.#lockListeners) listener(cause);
  }
}
