import { troubleOf } from './trouble';

// Keyboards write one character in several ways. The sealed side takes NFKC of a password (docs/KP1.md), and so do these, which the server
// gets: it cannot normalize by itself on every machine.

export const normalized = (password: string): string => password.normalize('NFKC');

/** For a password that is set already: by a program, or before pages normalized, it was kept as it came. */
export async function withPassword<T>(typed: string, attempt: (password: string) => Promise<T>): Promise<T> {
  const password = normalized(typed);
  try {
    return await attempt(password);
  } catch (failure) {
    if (password === typed || troubleOf(failure).code !== 'sign_in_failed') throw failure;
    return attempt(typed);
  }
}
