import {
  newId, openDeposit, openEscrow, openItem, grantRoot, sealForGrant, sealItem, text, textOf, toBase64url, wipe, expectNames, refuse,
  Refusal, type Bytes, type Id, type ItemAddress, type KeyScheme, type Payload, type Root,
} from '../kp1/index';
import type { OpenedVault } from './opened';
import { readBytes, type GrantSealedKeyWire, type GrantWire, type KeyItemWire, type ProviderKeyInput } from './wire';

/** One provider key for some grants: re-sealed where the vault vouches for the grant, and named where it does not. */
export interface SealedEverywhere {
  readonly item: KeyItemWire;
  readonly sealedKeys: readonly GrantSealedKeyWire[];
  /** Grants whose ESCROW does not open under this vault's key. Nothing was sealed for them: somebody else may have put them there. */
  readonly untrusted: readonly Id[];
}

export interface GrantWithPriority extends GrantWire {
  readonly priority?: number;
}

/** F3. */
export async function addProviderKey(opened: OpenedVault, input: ProviderKeyInput, grants: readonly GrantWithPriority[]): Promise<SealedEverywhere> {
  return withSecret(input, (payload) => sealEverywhere(opened, newId(), 1, payload, grants));
}

export interface OpenedKey extends ProviderKeyInput {
  readonly keyId: Id;
  readonly version: number;
}

/** For showing it to its owner. */
export async function openKeyItem(opened: OpenedVault, item: KeyItemWire): Promise<OpenedKey> {
  const payload = await payloadOf(opened, item);
  const shown = {
    keyId: item.id,
    version: item.version,
    provider: payload.provider,
    origin: payload.origin,
    scheme: payload.scheme,
    secret: textOf(payload.secret),
  };
  wipe(payload.secret);
  return shown;
}

export interface RotateKeyAsk {
  readonly item: KeyItemWire;
  readonly secret: string;
  readonly scheme?: KeyScheme;
  readonly grants: readonly GrantWithPriority[];
}

/** F9. The old version must open, so that a new key is never put where somebody else's stood. */
export async function rotateProviderKey(opened: OpenedVault, { item, secret, scheme, grants }: RotateKeyAsk): Promise<SealedEverywhere> {
  const old = await payloadOf(opened, item);
  wipe(old.secret);
  const input = { provider: old.provider, origin: old.origin, scheme: scheme ?? old.scheme, secret };
  return withSecret(input, (payload) => sealEverywhere(opened, item.id, item.version + 1, payload, grants));
}

/** F8: a key that came by API becomes one of the vault. Whoever calls this has asked the person first. */
export async function approveDeposit(opened: OpenedVault, deposit: KeyItemWire, grants: readonly GrantWithPriority[]): Promise<SealedEverywhere> {
  const payload = await openDeposit(opened.pair, addressOf(opened, deposit), deposit, readBytes(deposit.envelope));
  return sealEverywhere(opened, deposit.id, deposit.version, payload, grants).finally(() => { wipe(payload.secret); });
}

/** What waits, in words: enough to recognise a key by, and no more. */
export async function describeDeposit(opened: OpenedVault, deposit: KeyItemWire): Promise<{ provider: string; origin: string; ending: string }> {
  const payload = await openDeposit(opened.pair, addressOf(opened, deposit), deposit, readBytes(deposit.envelope));
  const ending = payload.scheme <= 4 && payload.secret.length >= 20 ? textOf(payload.secret.slice(-4)) : '';
  wipe(payload.secret);
  return { provider: payload.provider, origin: payload.origin, ending };
}

/** The caller wipes the secret. The names of the row must be those inside. */
export async function payloadOf(opened: OpenedVault, item: KeyItemWire): Promise<Payload> {
  return expectNames(await openItem(opened.root, addressOf(opened, item), readBytes(item.envelope)), item);
}

export const addressOf = ({ vaultId }: OpenedVault, { id, version }: { readonly id: Id; readonly version: number }): ItemAddress =>
  ({ vaultId, keyId: id, version });

/** G of a grant the vault vouches for, ready to derive from. */
export async function grantRootOf(opened: OpenedVault, { grantId, label, envelope }: GrantWire): Promise<Root> {
  const grantSecret = await openEscrow(opened.root, { vaultId: opened.vaultId, grantId }, label, readBytes(envelope));
  return grantRoot(grantSecret).finally(() => { wipe(grantSecret); });
}

async function sealEverywhere(
  opened: OpenedVault, keyId: Id, version: number, payload: Payload, grants: readonly GrantWithPriority[],
): Promise<SealedEverywhere> {
  const address = { vaultId: opened.vaultId, keyId, version };
  const sealedKeys: GrantSealedKeyWire[] = [];
  const untrusted: Id[] = [];
  for (const grant of grants) {
    const root = await grantRootOf(opened, grant).catch(brokenAsUndefined);
    if (root === undefined) {
      untrusted.push(grant.grantId);
      continue;
    }
    const envelope = toBase64url(await sealForGrant(root, grant.grantId, address, payload));
    sealedKeys.push({ grantId: grant.grantId, keyId, version, priority: grant.priority ?? 0, envelope });
  }
  const envelope = toBase64url(await sealItem(opened.root, address, payload));
  return { item: { id: keyId, kind: 'key', version, provider: payload.provider, origin: payload.origin, envelope }, sealedKeys, untrusted };
}

/** What does not open is reported, not fatal; every other failure is. */
export function brokenAsUndefined(failure: unknown): undefined {
  if (failure instanceof Refusal && (failure.reason === 'broken' || failure.reason === 'malformed')) return undefined;
  throw failure;
}

async function withSecret<Result>(input: ProviderKeyInput, use: (payload: Payload) => Promise<Result>): Promise<Result> {
  const secret: Bytes = text(input.secret);
  if (textOf(secret) !== input.secret) refuse('malformed', 'The key has a character that a provider key cannot have.');
  return use({ provider: input.provider, origin: input.origin, scheme: input.scheme, secret }).finally(() => { wipe(secret); });
}
