import { refuse, wipe, type Stretch, type Unlocker } from '../kp1/index';
import { register, unlock } from './entry';
import { approveGrant, newGrant, remint, testGrant, updateGrant, wordsOfRequest } from './grant-making';
import { addProviderKey, approveDeposit, describeDeposit, openKeyItem, rotateProviderKey } from './key-items';
import type { OpenedVault } from './opened';
import type { AnswerOf, AskOf, LockCause, OperationName } from './operations';
import { authHashOf, unlockerOf } from './proof';
import { addPasskey, changePassword, replaceRecoveryCode, shareVault, toManaged } from './rewrap';
import { rotateVaultKey, toSealed } from './rotation';

export const idleLimitMs = 15 * 60_000;

export interface Clock {
  readonly now: () => number;
  /** Returns how to call it off. */
  readonly after: (milliseconds: number, act: () => void) => () => void;
}

type Handlers = { readonly [Name in OperationName]: (ask: AskOf<Name>, stretch: Stretch) => Promise<AnswerOf<Name>> | AnswerOf<Name> };

/** Where the vault key is, while it is anywhere. One a worker; nothing of it is ever stored. */
export class VaultDesk {
  readonly #clock: Clock;
  readonly #onLock: (cause: LockCause) => void;
  #opened: OpenedVault | undefined;
  /** A proven secret, between asking the server and its envelopes arriving. */
  #prepared: Unlocker | undefined;
  #next: OpenedVault | undefined;
  #lastUse = 0;
  #callOff: (() => void) | undefined;
  /** Grows with every lock: what was begun before one must not open the vault after it. */
  #locks = 0;

  constructor(clock: Clock, onLock: (cause: LockCause) => void) {
    this.#clock = clock;
    this.#onLock = onLock;
  }

  async handle<Name extends OperationName>(operation: Name, ask: AskOf<Name>, stretch: Stretch): Promise<AnswerOf<Name>> {
    // Timers sleep with the machine, so the time is also compared when somebody comes.
    if (this.#holdsAnything() && this.#clock.now() - this.#lastUse >= idleLimitMs) this.lock('idle');
    const answer = await this.#handlers[operation](ask, stretch);
    if (operation !== 'status' && this.#holdsAnything()) this.#restartIdle();
    return answer;
  }

  lock(cause: LockCause): void {
    const held = this.#holdsAnything();
    wipe(this.#prepared?.commitment, this.#prepared?.authHash);
    this.#opened = this.#prepared = this.#next = undefined;
    this.#locks++;
    this.#callOff?.();
    this.#callOff = undefined;
    if (held) this.#onLock(cause);
  }

  static isOperation(name: unknown): name is OperationName {
    return typeof name === 'string' && Object.hasOwn(operationNames, name);
  }

  readonly #handlers: Handlers = {
    register: async (ask, stretch) => {
      const { opened, ...registration } = await this.#unlessLocked(register(ask, stretch));
      this.#opened = opened;
      return registration;
    },
    prepare: async ({ proof }, stretch) => {
      this.#prepared = await this.#unlessLocked(unlockerOf(proof, stretch));
      return this.#prepared.authHash === undefined ? {} : { authHash: authHashOf(this.#prepared) };
    },
    unlock: async (ask) => {
      const prepared = this.#prepared ?? refuse('locked', 'Show the password, the recovery code or the passkey first.');
      this.#prepared = undefined;
      this.#opened = await this.#unlessLocked(unlock(prepared, ask));
      return {};
    },
    lock: () => {
      this.lock('asked');
      return {};
    },
    status: () => {
      const opened = this.#opened;
      return opened === undefined ? { locked: true } : { locked: false, accountId: opened.accountId, vaultId: opened.vaultId, epoch: opened.epoch };
    },

    addProviderKey: ({ input, grants }) => addProviderKey(this.#open, input, grants),
    openItem: ({ item }) => openKeyItem(this.#open, item),
    rotateProviderKey: (ask) => rotateProviderKey(this.#open, ask),
    describeDeposit: ({ deposit }) => describeDeposit(this.#open, deposit),
    approveDeposit: ({ deposit, grants }) => approveDeposit(this.#open, deposit, grants),

    newGrant: (ask) => newGrant(this.#open, ask),
    updateGrant: ({ grant, items }) => updateGrant(this.#open, grant, items),
    remint: ({ grant, prefix }) => remint(this.#open, grant, prefix),
    testGrant: ({ item }) => testGrant(this.#open, item),
    wordsOfRequest: ({ request }) => wordsOfRequest(this.#open, request),
    approveGrant: (ask) => approveGrant(this.#open, ask),

    changePassword: (ask, stretch) => changePassword(this.#open, ask, stretch),
    addPasskey: (ask, stretch) => addPasskey(this.#open, ask, ask.passkey, stretch),
    replaceRecoveryCode: (ask, stretch) => replaceRecoveryCode(this.#open, ask, stretch),
    shareVault: (ask, stretch) => shareVault(this.#open, ask, ask.admin, stretch),
    toManaged: (ask, stretch) => toManaged(this.#open, ask, stretch),
    rotateVaultKey: async (ask, stretch) => {
      const { opened, ...rotation } = await this.#unlessLocked(rotateVaultKey(this.#open, ask, stretch));
      this.#next = opened;
      return rotation;
    },
    toSealed: async (ask, stretch) => {
      const { opened, ...rotation } = await this.#unlessLocked(toSealed(ask, stretch));
      this.#next = opened;
      return rotation;
    },
    settleRotation: ({ accepted }) => {
      const next = this.#next ?? refuse('locked', 'No rotation is under way.');
      if (accepted) this.#opened = next;
      this.#next = undefined;
      return {};
    },
  };

  get #open(): OpenedVault {
    return this.#opened ?? refuse('locked', 'The vault is locked.');
  }

  async #unlessLocked<Result>(work: Promise<Result>): Promise<Result> {
    const locksBefore = this.#locks;
    const result = await work;
    if (this.#locks !== locksBefore) refuse('locked', 'The vault was locked in the meantime.');
    return result;
  }

  #holdsAnything(): boolean {
    return this.#opened !== undefined || this.#prepared !== undefined || this.#next !== undefined;
  }

  #restartIdle(): void {
    this.#lastUse = this.#clock.now();
    this.#callOff?.();
    this.#callOff = this.#clock.after(idleLimitMs, () => { this.lock('idle'); });
  }
}

const operationNames: Readonly<Record<OperationName, true>> = {
  register: true, prepare: true, unlock: true, lock: true, status: true,
  addProviderKey: true, openItem: true, rotateProviderKey: true, describeDeposit: true, approveDeposit: true,
  newGrant: true, updateGrant: true, remint: true, testGrant: true, wordsOfRequest: true, approveGrant: true,
  changePassword: true, addPasskey: true, replaceRecoveryCode: true, shareVault: true, rotateVaultKey: true,
  settleRotation: true, toManaged: true, toSealed: true,
};
