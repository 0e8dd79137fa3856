import { commonPasswords } from './common';

// The rules of the vault: a length, a list, nothing about which characters. The server cannot check them for a sealed
// account, as it never sees the password; that is said where it matters.

export const leastLength = 12;
export const leastLengthAlone = 15;
export const mostLength = 1024;

export interface PasswordVerdict {
  readonly accepted: boolean;
  /** One plain sentence, for the person who chooses. */
  readonly sentence: string;
}

export interface PasswordSurroundings {
  /** True where no second factor stands beside it. */
  readonly onlyFactor: boolean;
  /** What a guesser knows of the person: the address, the name, the name of the service. */
  readonly context?: readonly string[];
}

export function checkPassword(password: string, { onlyFactor, context = [] }: PasswordSurroundings): PasswordVerdict {
  const least = onlyFactor ? leastLengthAlone : leastLength;
  const length = Array.from(password.normalize('NFKC')).length;
  if (length < least) return no(`Use at least ${least} characters: a few random words are easy to remember. This has ${length}.`);
  if (length > mostLength) return no(`That is more than ${mostLength} characters. Use a shorter one.`);
  const plain = plainForm(password);
  if (isCommon(plain)) return no('This is among the passwords that are tried first. Choose one nobody else has.');
  if (isMonotonous(password)) return no('This repeats itself or follows the keyboard. Choose something less regular.');
  if (isMostlyContext(plain, context)) return no('This is mostly your own name or address. Choose something that is not about you.');
  return { accepted: true, sentence: strength(length, new Set(password).size) };
}

const no = (sentence: string): PasswordVerdict => ({ accepted: false, sentence });

function strength(length: number, different: number): string {
  if (length >= 20 && different >= 10) return 'Very strong: guessing this is out of reach, even for someone with our database.';
  if (length >= leastLengthAlone && different >= 8) return 'Strong: guessing this would take more than it is worth.';
  return 'Good enough. Three more characters make it much stronger.';
}

/** Lower case letters and digits: `Pass-Word 1!` and `password1` are the same guess. */
function plainForm(password: string): string {
  return password.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}$@!]/gu, '');
}

const lookalikes: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', $: 's', '@': 'a', '!': 'i' };

function unleet(plain: string): string {
  return plain.replace(/[013457$@!]/g, (character) => lookalikes[character] ?? character);
}

/** Itself, or with digits and marks in front or behind, or a short one twice: what everybody does to reach a length. */
function isCommon(plain: string): boolean {
  const core = plain.replace(/^[\p{N}$@!]+|[\p{N}$@!]+$/gu, '');
  return [plain, core, unleet(plain), unleet(core)].some((candidate) => {
    const bare = candidate.replace(/[$@!]/g, '');
    const half = bare.slice(0, bare.length / 2);
    return commonPasswords.has(bare) || (half + half === bare && half.length >= 4 && (half.length <= 6 || commonPasswords.has(half)));
  });
}

/** A short piece over and over, or a run of neighbours in the alphabet or among the digits. */
function isMonotonous(password: string): boolean {
  if (new Set(password).size <= 3) return true;
  for (let size = 1; size <= password.length / 3; size++) {
    const piece = password.slice(0, size);
    if (piece.repeat(Math.ceil(password.length / size)).startsWith(password)) return true;
  }
  const codes = Array.from(password, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).filter((code, index) => Math.abs(code - (codes[index] ?? 0)) <= 1).length;
  return steps >= (codes.length - 1) * 0.8;
}

function isMostlyContext(plain: string, context: readonly string[]): boolean {
  const rest = context
    .flatMap((known) => known.toLowerCase().split(/[^\p{L}\p{N}]+/u))
    .filter((word) => word.length >= 4)
    .reduce((left, word) => left.replaceAll(word, ''), plain);
  return rest.length < plain.length && rest.length < 6;
}
