import { concat, text, u32, type Bytes } from './bytes';
import { refuse } from './refusal';

/** The cost of guessing a password. */
export type PasswordKdf =
  | { readonly algorithm: 'argon2id'; readonly memoryKib: number; readonly iterations: number; readonly parallelism: number; readonly salt: Bytes }
  | { readonly algorithm: 'pbkdf2'; readonly iterations: number; readonly salt: Bytes };

export const saltSize = 16;

/** What every new account gets; that all share them is why they tell nothing about an address. */
export const standardCost = { algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1 } as const;

const kdfSize = 26;
/** Far above any cost we ever set: a server that asks for more wants to freeze the page. */
const maxMemoryKib = 1_048_576;
const maxArgonIterations = 16;
const maxPbkdf2Iterations = 20_000_000;

/** `alg || m || t || p || salt`. */
export function encodeKdf(kdf: PasswordKdf): Bytes {
  return kdf.algorithm === 'argon2id'
    ? concat(Uint8Array.of(2), u32(kdf.memoryKib), u32(kdf.iterations), Uint8Array.of(kdf.parallelism), kdf.salt)
    : concat(Uint8Array.of(1), u32(0), u32(kdf.iterations), Uint8Array.of(0), kdf.salt);
}

/** What stands in place of a cost where no password is: 160 random bits need none. */
export const noKdf = (): Bytes => new Uint8Array(kdfSize);

/**
 * A server that lowers the cost would get a hash of the password that is cheap to crack. Asked before anything is computed; there
 * are no old accounts that would need less.
 */
export function checkFloor(kdf: PasswordKdf): void {
  if (kdf.salt.length !== saltSize) refuse('weak-kdf', 'The salt must have 16 bytes.');
  if (kdf.algorithm === 'pbkdf2') {
    if (!isBetween(kdf.iterations, 600_000, maxPbkdf2Iterations)) refuse('weak-kdf', 'PBKDF2 needs at least 600,000 iterations.');
    return;
  }
  if (!isBetween(kdf.memoryKib, standardCost.memoryKib, maxMemoryKib)) refuse('weak-kdf', 'Argon2id needs at least 64 MiB.');
  if (!isBetween(kdf.iterations, standardCost.iterations, maxArgonIterations)) refuse('weak-kdf', 'Argon2id needs at least 3 passes.');
  if (kdf.parallelism !== 1) refuse('weak-kdf', 'Argon2id must have one lane.');
}

/** The same password typed on two keyboards must be the same bytes. The caller wipes them. */
export function passwordBytes(password: string): Bytes {
  return text(password.normalize('NFKC'));
}

const isBetween = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;
