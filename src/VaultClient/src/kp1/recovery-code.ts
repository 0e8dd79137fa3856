import { osRandom, text, wipe, type Bytes, type Random } from './bytes';
import { refuse } from './refusal';

// 160 random bits as 32 characters of Crockford's base32, in eight groups of four. Written on paper and typed back, so it is read
// tolerantly; what is derived from is always the 32 upper-case characters without dashes.

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const groups = /.{4}/g;
const oneSpelling = /^[0-9A-HJKMNP-TV-Z]{32}$/;

export function newRecoveryCode(random: Random = osRandom): string {
  const bytes = random(32);
  // 5 bits of each byte: 256 is a multiple of 32, so every character is as likely as any other.
  const characters = Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join('');
  wipe(bytes);
  return showRecoveryCode(characters);
}

/** The one spelling, or undefined. Lower case, O for 0, I and L for 1, dashes and spaces anywhere are forgiven. */
export function readRecoveryCode(typed: string): string | undefined {
  const characters = typed.normalize('NFKC').toUpperCase().replace(/[\s\-\u2010-\u2015\u2212]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return oneSpelling.test(characters) ? characters : undefined;
}

export function showRecoveryCode(characters: string): string {
  return (characters.match(groups) ?? []).join('-');
}

/** The bytes to derive from. The caller wipes them. */
export function recoveryCodeBytes(typed: string): Bytes {
  return text(readRecoveryCode(typed) ?? refuse('malformed', 'A recovery code has 32 letters and digits.'));
}
