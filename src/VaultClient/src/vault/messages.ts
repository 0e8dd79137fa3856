import type { RefusalReason } from '../kp1/index';
import type { AnswerOf, AskOf, LockCause, OperationName } from './operations';

/** The port reaches a worker that hashes passwords; it is there where the question has one. */
export type Question = {
  [Name in OperationName]: { readonly id: number; readonly operation: Name; readonly ask: AskOf<Name>; readonly argon?: MessagePort };
}[OperationName];

export type Reply =
  | { readonly id: number; readonly outcome: 'answer'; readonly answer: AnswerOf<OperationName> }
  | { readonly id: number; readonly outcome: 'refusal'; readonly reason: RefusalReason; readonly message: string }
  | { readonly outcome: 'locked'; readonly cause: LockCause };

/** What a worker, the scope inside it and a MessagePort have in common. */
export interface Channel {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export type Message = Readonly<Record<string, unknown>>;

export function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null;
}
