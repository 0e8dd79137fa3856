import type { Bytes } from './bytes';
import { checkFloor, type PasswordKdf } from './kdf';

/** Turns a password into 32 bytes at the given cost. Both may be wiped by the callee's own thread; neither is kept. */
export type Stretch = (password: Bytes, kdf: PasswordKdf) => Promise<Bytes>;

/** Built into the platform. For reading what was made elsewhere; new accounts get Argon2id. */
export async function pbkdf2(password: Bytes, iterations: number, salt: Bytes): Promise<Bytes> {
  const material = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', iterations, salt }, material, 256));
}

/** Whatever stretches, the floor is asked first: below it nothing is computed, so nothing can be sent. */
export function withFloor(stretch: Stretch): Stretch {
  return async (password, kdf) => {
    checkFloor(kdf);
    return stretch(password, kdf);
  };
}
