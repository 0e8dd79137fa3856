import {
  checkFloor, encodeKdf, fromBase64url, refuse, toBase64url, type Bytes, type CredentialPrefix, type Id, type KeyScheme, type PasswordKdf,
} from '../kp1/index';

// What the server takes and gives, as JSON: binary values base64url without padding, ids 32 hex digits. Everything that is base64url
// here is public to the server, except where a comment says that it goes nowhere.

export interface KdfWire {
  readonly algorithm: 'argon2id' | 'pbkdf2';
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
  readonly salt: string;
}

export interface UnlockWire {
  readonly id: Id;
  readonly method: string;
  readonly commitment: string;
  readonly envelope: string;
  /** A recovery code proves itself to the server as a password does. */
  readonly authHash?: string;
  /** Which passkey. */
  readonly credentialId?: string;
}

export interface ItemWire {
  readonly id: Id;
  readonly kind: string;
  readonly version: number;
  readonly envelope: string;
}

/** A provider key's row: the names stand beside it, and inside it. */
export interface KeyItemWire extends ItemWire {
  readonly kind: 'key';
  readonly provider: string;
  readonly origin: string;
}

export interface SealedKeyWire {
  readonly keyId: Id;
  readonly version: number;
  readonly priority: number;
  readonly envelope: string;
}

export interface GrantSealedKeyWire extends SealedKeyWire {
  readonly grantId: Id;
}

/** A grant as the vault knows it. The label is the app's client id, or the name of the virtual key. */
export interface GrantWire {
  readonly grantId: Id;
  readonly label: string;
  /** ESCROW, or ESCROW_DEPOSIT where it waits for approval. */
  readonly envelope: string;
}

export interface CredentialWire {
  readonly tokenRowId: Id;
  readonly tokenHash: string;
  readonly tokenWrap: string;
}

export interface ProviderKeyInput {
  readonly provider: string;
  readonly origin: string;
  readonly scheme: KeyScheme;
  /** As typed or pasted. Goes nowhere but into envelopes. */
  readonly secret: string;
}

export type GrantPrefix = Extract<CredentialPrefix, 'km_live_' | 'km_test_' | 'kp_pt_' | 'kp_pat_'>;

export function readKdf(wire: KdfWire): PasswordKdf {
  const salt = readBytes(wire.salt);
  // From the server: the type is a wish until looked at.
  const algorithm: string = wire.algorithm;
  const kdf = readCost(algorithm, wire, salt);
  checkFloor(kdf);
  return kdf;
}

function readCost(algorithm: string, { memoryKib, iterations, parallelism }: KdfWire, salt: Bytes): PasswordKdf {
  if (algorithm === 'argon2id') return { algorithm, memoryKib, iterations, parallelism, salt };
  if (algorithm === 'pbkdf2') return { algorithm, iterations, salt };
  refuse('weak-kdf', 'The server names a password hash that this client does not accept.');
}

export function writeKdf(kdf: PasswordKdf): KdfWire {
  encodeKdf(kdf); // refuses numbers that have no place in the format
  const cost = kdf.algorithm === 'argon2id' ? kdf : { memoryKib: 0, parallelism: 0 };
  return {
    algorithm: kdf.algorithm, memoryKib: cost.memoryKib, iterations: kdf.iterations, parallelism: cost.parallelism, salt: toBase64url(kdf.salt),
  };
}

export function readBytes(spelled: string): Bytes {
  try {
    return fromBase64url(spelled);
  } catch {
    refuse('malformed', 'Binary values are base64url without padding.');
  }
}
