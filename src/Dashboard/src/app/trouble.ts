/** Why something did not work, in a sentence for the person: what happened, why, and what to do. */
export class Trouble extends Error {
  /** The server's code, the vault's reason, or one of ours below. */
  readonly code: string;
  readonly status: number;
  /** Which member of what was sent is wrong. */
  readonly field: string | undefined;

  constructor(code: string, message: string, { status = 0, field }: { status?: number; field?: string | undefined } = {}) {
    super(message);
    this.name = 'Trouble';
    this.code = code;
    this.status = status;
    this.field = field;
  }
}

/** The person closed a question: nothing to say. */
export const calledOff = new Trouble('called_off', 'Called off.');

/** Not a slip of the person's: somebody changed what is kept, or the code that keeps it. */
export const distrust = 'The server sent something that this vault did not make, and nothing was opened. '
  + 'Tell whoever runs this server before you type your password here again.';

const wordsOfTheVault: Readonly<Record<string, string>> = {
  locked: 'The vault was locked in the meantime. Unlock it and try again.',
  broken: distrust,
  'weak-kdf': distrust,
  'kdf-changed': distrust,
  'wrong-secret': 'This does not open the vault. Check it and try again.',
  unavailable: 'The part of this page that does the encryption did not start. Reload the page; if that does not help, free some memory or use another browser.',
};

/** Whatever was thrown, as something to show. Failures of ours have words; the rest is a bug, and its text is not for people. */
export function troubleOf(failure: unknown): Trouble {
  if (failure instanceof Trouble) return failure;
  if (isRefusalOfTheVault(failure)) return new Trouble(failure.reason, wordsOfTheVault[failure.reason] ?? failure.message);
  return new Trouble('unexpected', 'Something in this page went wrong, and nothing was changed. Reload the page and try again.');
}

/** By its name, so that pages which never unlock anything need not load the vault's code. */
function isRefusalOfTheVault(failure: unknown): failure is Error & { readonly reason: string } {
  return failure instanceof Error && failure.name === 'Refusal' && 'reason' in failure && typeof failure.reason === 'string';
}
