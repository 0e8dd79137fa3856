import { lengthPrefixed, u32, wipe, type Bytes } from './bytes';
import { deriveBytes, purpose, type Root } from './derive';
import { isSecretSize } from './envelope';
import { expectNames, type GrantAddress } from './grants';
import { openWith, sealTo } from './hpke';
import { idBytes, type Id } from './ids';
import type { ItemAddress } from './items';
import { pairFromSeed, type VaultPair } from './p256';
import { boundNames, decodePayload, encodePayload, isPayloadSize, type Payload } from './payload';

// What is sealed to somebody's public point: deposits to a vault, shares of a vault key to another admin.

/** The vault's own pair follows from its key, so any browser that unlocks the vault has it, and no server ever does. */
export async function vaultPair(vault: Root): Promise<VaultPair> {
  const seed = await deriveBytes(vault, purpose('kem'));
  return pairFromSeed(seed).finally(() => { wipe(seed); });
}

/** DEPOSIT: a provider key for a vault nobody here can open. */
export async function sealDeposit(vaultPoint: Bytes, item: ItemAddress, payload: Payload, ephemeralSeed?: Bytes): Promise<Bytes> {
  const plain = encodePayload(payload);
  return sealTo('deposit', vaultPoint, bindDeposit(item, payload), plain, ephemeralSeed).finally(() => { wipe(plain); });
}

export async function openDeposit(
  pair: VaultPair, item: ItemAddress, names: Pick<Payload, 'provider' | 'origin'>, envelope: Bytes,
): Promise<Payload> {
  const plain = await openWith('deposit', pair, bindDeposit(item, names), envelope, isPayloadSize);
  try {
    return expectNames(decodePayload(plain), names);
  } finally {
    wipe(plain);
  }
}

/** ESCROW_DEPOSIT: the secret of a grant made by somebody who cannot open the vault. */
export function sealEscrowDeposit(vaultPoint: Bytes, at: GrantAddress, label: string, grantSecret: Bytes, ephemeralSeed?: Bytes): Promise<Bytes> {
  return sealTo('escrowDeposit', vaultPoint, bindGrant(at, label), grantSecret, ephemeralSeed);
}

export function openEscrowDeposit(pair: VaultPair, at: GrantAddress, label: string, envelope: Bytes): Promise<Bytes> {
  return openWith('escrowDeposit', pair, bindGrant(at, label), envelope, isSecretSize);
}

export interface ShareAddress {
  readonly vaultId: Id;
  /** The account that may open it. */
  readonly accountId: Id;
  readonly epoch: number;
}

/** VK_SHARE: the vault key for another admin. */
export function sealVaultShare(accountPoint: Bytes, at: ShareAddress, vaultKey: Bytes, ephemeralSeed?: Bytes): Promise<Bytes> {
  return sealTo('vaultShare', accountPoint, bindShare(at), vaultKey, ephemeralSeed);
}

export function openVaultShare(pair: VaultPair, at: ShareAddress, envelope: Bytes): Promise<Bytes> {
  return openWith('vaultShare', pair, bindShare(at), envelope, isSecretSize);
}

const bindDeposit = (item: ItemAddress, names: Pick<Payload, 'provider' | 'origin'>): Bytes[] =>
  [idBytes(item.vaultId), idBytes(item.keyId), u32(item.version), boundNames(names)];

const bindGrant = ({ vaultId, grantId }: GrantAddress, label: string): Bytes[] => [idBytes(vaultId), idBytes(grantId), lengthPrefixed(label)];

const bindShare = ({ vaultId, accountId, epoch }: ShareAddress): Bytes[] => [idBytes(vaultId), idBytes(accountId), u32(epoch)];
