/** Why the vault says no. The page decides what to tell the person; the sentence is for whoever reads a log of ours. */
export const refusalReasons = [
  'locked', // no vault key in memory
  'malformed', // not of the form the format or the API names
  'broken', // does not open: changed, swapped, or made for somebody else
  'wrong-secret', // password, recovery code or passkey does not belong to this unlock
  'weak-kdf', // the server asks for a password hash that is too easy to guess
  'kdf-changed', // the server's password cost is not the one written inside the vault
  'weak-password', // too short, too long or too common
  'words-differ', // what was approved is not what is there
  'unavailable', // a worker is gone or did not start
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

export class Refusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = 'Refusal';
    this.reason = reason;
  }
}

export function refuse(reason: RefusalReason, message: string): never {
  throw new Refusal(reason, message);
}
