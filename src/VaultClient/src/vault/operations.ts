import type { Credential, Id } from '../kp1/index';
import type { RegisterAsk, RegisterBody, UnlockAsk } from './entry';
import type { ApproveGrantAsk, ApprovedGrant, GrantKey, GrantSeals, NewGrant, NewGrantAsk, TestGrant } from './grant-making';
import type { GrantWithPriority, OpenedKey, RotateKeyAsk, SealedEverywhere } from './key-items';
import type { PasskeyProof, Proof } from './proof';
import type { AdminWire, ChangePasswordAsk, ChangedPassword, Reproof, ShareWire } from './rewrap';
import type { RotateVaultAsk, RotationBody, SealedRotation, ToSealedAsk } from './rotation';
import type { CredentialWire, GrantPrefix, GrantWire, KeyItemWire, ProviderKeyInput, UnlockWire } from './wire';

// What a page may ask of the worker that holds the vault key, and what it gets: the whole list.

interface Operation<Ask, Answer> {
  readonly ask: Ask;
  readonly answer: Answer;
}

type Nothing = Readonly<Record<string, never>>;

export interface Operations {
  register: Operation<RegisterAsk, { readonly body: RegisterBody; readonly recoveryCode: string }>;
  prepare: Operation<{ readonly proof: Proof }, { readonly authHash?: string }>;
  unlock: Operation<UnlockAsk, Nothing>;
  lock: Operation<Nothing, Nothing>;
  status: Operation<Nothing, VaultStatus>;

  addProviderKey: Operation<{ readonly input: ProviderKeyInput; readonly grants: readonly GrantWithPriority[] }, SealedEverywhere>;
  openItem: Operation<{ readonly item: KeyItemWire }, OpenedKey>;
  rotateProviderKey: Operation<RotateKeyAsk, SealedEverywhere>;
  describeDeposit: Operation<{ readonly deposit: KeyItemWire }, { readonly provider: string; readonly origin: string; readonly ending: string }>;
  approveDeposit: Operation<{ readonly deposit: KeyItemWire; readonly grants: readonly GrantWithPriority[] }, SealedEverywhere>;

  newGrant: Operation<NewGrantAsk, NewGrant>;
  updateGrant: Operation<{ readonly grant: GrantWire; readonly items: readonly GrantKey[] }, GrantSeals>;
  remint: Operation<{ readonly grant: GrantWire; readonly prefix: GrantPrefix }, { readonly credential: Credential; readonly row: CredentialWire }>;
  testGrant: Operation<{ readonly item: KeyItemWire }, TestGrant>;
  wordsOfRequest: Operation<{ readonly request: GrantWire }, readonly string[]>;
  approveGrant: Operation<ApproveGrantAsk, ApprovedGrant>;

  changePassword: Operation<ChangePasswordAsk, ChangedPassword>;
  addPasskey: Operation<Reproof & { readonly passkey: PasskeyProof }, UnlockWire>;
  replaceRecoveryCode: Operation<Reproof, { readonly recoveryCode: string; readonly unlock: UnlockWire }>;
  shareVault: Operation<Reproof & { readonly admin: AdminWire }, ShareWire>;
  rotateVaultKey: Operation<RotateVaultAsk, { readonly body: RotationBody; readonly recoveryCode: string }>;
  /** The server has taken the rotation, or has not: until then both keys are there and the old one is in use. */
  settleRotation: Operation<{ readonly accepted: boolean }, Nothing>;
  toManaged: Operation<Reproof, { readonly vaultKey: string }>;
  toSealed: Operation<ToSealedAsk, Omit<SealedRotation, 'opened'>>;
}

export type OperationName = keyof Operations;
export type AskOf<Name extends OperationName> = Operations[Name]['ask'];
export type AnswerOf<Name extends OperationName> = Operations[Name]['answer'];

export type VaultStatus = { readonly locked: true } | { readonly locked: false; readonly accountId: Id; readonly vaultId: Id; readonly epoch: number };

export type LockCause = 'asked' | 'idle';
