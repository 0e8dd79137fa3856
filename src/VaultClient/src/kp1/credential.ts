import { osRandom, text, wipe, type Bytes, type Random } from './bytes';
import { rootOf, type Root } from './derive';
import { refuse } from './refusal';

/** A bearer credential as a string. The whole string is key material: no decoding, hence no second spelling of the same secret. */
export type Credential = string;

export const credentialPrefixes = [
  'km_live_', 'km_test_', 'kp_at_', 'kp_rt_', 'kp_pt_', 'kp_pat_', 'kp_cs_', 'kp_lt_', 'kp_ss_', 'kp_cid_',
] as const;

export type CredentialPrefix = (typeof credentialPrefixes)[number];

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomCharacters = 43; // 256 bits
const checksumCharacters = 6;
/** The last multiple of 62 in a byte: from there on, some characters would come up more often than others. */
const rejectFrom = 248;

export function mintCredential(prefix: CredentialPrefix, random: Random = osRandom): Credential {
  let body = '';
  while (body.length < randomCharacters) {
    const drawn = random(randomCharacters);
    for (const byte of drawn) {
      if (byte < rejectFrom && body.length < randomCharacters) body += alphabet.charAt(byte % alphabet.length);
    }
    wipe(drawn);
  }
  return prefix + body + checksum(prefix + body);
}

/** Says no to what is mistyped or cut off, without asking anyone. */
export function prefixOf(credential: string): CredentialPrefix | undefined {
  const prefix = credentialPrefixes.find((candidate) => credential.startsWith(candidate));
  if (prefix === undefined || credential.length !== prefix.length + randomCharacters + checksumCharacters) return undefined;
  const body = credential.slice(prefix.length);
  if (!/^[0-9A-Za-z]+$/.test(body)) return undefined;
  return checksum(credential.slice(0, -checksumCharacters)) === body.slice(-checksumCharacters) ? prefix : undefined;
}

/** What the server stores and looks up. It does not help to derive anything that the credential opens. */
export async function hashCredential(credential: Credential): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', text(expectCredential(credential))));
}

export function credentialRoot(credential: Credential): Promise<Root> {
  const bytes = text(expectCredential(credential));
  return rootOf('KeyPass/v1/token', bytes).finally(() => { wipe(bytes); });
}

export function expectCredential(credential: string, ...prefixes: readonly CredentialPrefix[]): Credential {
  const prefix = prefixOf(credential);
  if (prefix === undefined || (prefixes.length > 0 && !prefixes.includes(prefix))) refuse('malformed', 'Not a credential of the expected kind.');
  return credential;
}

function checksum(characters: string): string {
  let rest = crc32(text(characters));
  let written = '';
  for (let at = 0; at < checksumCharacters; at++) {
    written = alphabet.charAt(rest % alphabet.length) + written;
    rest = Math.floor(rest / alphabet.length);
  }
  return written;
}

/** CRC-32 of IEEE 802.3, bit by bit: 50 bytes need no table. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0xedb8_8320);
  }
  return ~crc >>> 0;
}
