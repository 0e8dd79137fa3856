import { readFileSync } from 'node:fs';
import { fromHex, rootOf, type Bytes, type GrantAddress, type ItemAddress, type PasswordKdf, type Payload, type Random, type Root } from '../../src/kp1/index';

/** The example of docs/KP1.md, with the inputs its 26 values follow from. */
export interface Inputs {
  readonly accountId: string; readonly vaultId: string; readonly grantId: string; readonly keyId: string; readonly childGrantId: string;
  readonly tokenRowId: string; readonly publicTokenRowId: string; readonly outerRowId: string; readonly outerTable: string; readonly ringEpoch: number;
  readonly vaultKey: string; readonly masterSecret: string; readonly prfOutput: string; readonly accountSeed: string; readonly grantSecret: string;
  readonly childSecret: string; readonly depositEphemeralSeed: string; readonly escrowDepositEphemeralSeed: string; readonly vaultShareEphemeralSeed: string;
  readonly itemSalt: string; readonly kdfSalt: string; readonly nonce: string; readonly ringSecret: string; readonly credentialId: string;
  readonly version: number; readonly epoch: number; readonly rpId: string; readonly escrowLabel: string; readonly escrowDepositLabel: string;
  readonly provider: string; readonly origin: string; readonly secret: string;
}

export const inputs = readFixture('kp1-inputs.json') as Inputs;

export const at: GrantAddress = { vaultId: inputs.vaultId, grantId: inputs.grantId };
export const item: ItemAddress = { vaultId: inputs.vaultId, keyId: inputs.keyId, version: inputs.version };
export const payload: Payload = { provider: inputs.provider, origin: inputs.origin, scheme: 1, secret: new TextEncoder().encode(inputs.secret) };
export const kdf: PasswordKdf = { algorithm: 'argon2id', memoryKib: 65_536, iterations: 3, parallelism: 1, salt: fromHex(inputs.kdfSalt) };

export const vaultRoot = (): Promise<Root> => rootOf('KeyPass/v1/vault', fromHex(inputs.vaultKey));
export const grantRootOfExample = (): Promise<Root> => rootOf('KeyPass/v1/grant', fromHex(inputs.grantSecret));

/** Gives the example's nonce for 12 bytes and its salt for 32. */
export const exampleRandom: Random = (length) => fromHex(length === 12 ? inputs.nonce : inputs.itemSalt);

export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

/** The derivation as the document writes it, in two steps, independent of WebCrypto's HKDF. */
export async function derivedInTwoSteps(label: string, secret: Uint8Array, info: Uint8Array): Promise<Bytes> {
  return hmac(await hmac(new TextEncoder().encode(label), secret), Buffer.concat([info, Uint8Array.of(1)]));
}

async function hmac(secret: Uint8Array, message: Uint8Array): Promise<Bytes> {
  const signer = await crypto.subtle.importKey('raw', Uint8Array.from(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', signer, Uint8Array.from(message)));
}
