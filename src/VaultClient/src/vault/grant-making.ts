import {
  credentialRoot, grantRoot, grantWords, hashCredential, mintCredential, newGrantSecret, newId, openEscrow, openEscrowDeposit, refuse, sealEscrow,
  sealEscrowDeposit, sealForGrant, tagVaultPoint, toBase64url, wipe, wrapForCredential, type Bytes, type Credential, type Id, type Root,
} from '../kp1/index';
import { addressOf, grantRootOf, payloadOf } from './key-items';
import type { OpenedVault } from './opened';
import { readBytes, type CredentialWire, type GrantPrefix, type GrantWire, type KeyItemWire, type SealedKeyWire } from './wire';

/** A key for a grant: lower priority is asked first. */
export interface GrantKey {
  readonly item: KeyItemWire;
  readonly priority: number;
}

export interface NewGrantAsk {
  readonly label: string;
  readonly prefix: GrantPrefix;
  readonly items: readonly GrantKey[];
  /** Given where a leak is suspected: same grant, new secret, new credential. */
  readonly grantId?: Id;
}

export interface NewGrant {
  /** Shown or handed over once. It opens everything sealed for this grant. */
  readonly credential: Credential;
  readonly body: CredentialWire & {
    readonly grantId: Id;
    readonly label: string;
    readonly escrow: string;
    readonly vaultPointTag: string;
    readonly sealedKeys: readonly SealedKeyWire[];
  };
}

/** F4 step 3, F6. */
export async function newGrant(opened: OpenedVault, { label, prefix, items, grantId = newId() }: NewGrantAsk): Promise<NewGrant> {
  const at = { vaultId: opened.vaultId, grantId };
  const grantSecret = newGrantSecret();
  try {
    const root = await grantRoot(grantSecret);
    const { credential, row } = await mintFor(opened.vaultId, grantId, prefix, grantSecret);
    const escrow = toBase64url(await sealEscrow(opened.root, at, label, grantSecret));
    return { credential, body: { grantId, label, ...row, escrow, ...(await sealsOf(opened, root, grantId, items)) } };
  } finally {
    wipe(grantSecret);
  }
}

/** F4 "update": other keys for a grant that exists. */
export async function updateGrant(opened: OpenedVault, grant: GrantWire, items: readonly GrantKey[]): Promise<GrantSeals> {
  return sealsOf(opened, await grantRootOf(opened, grant), grant.grantId, items);
}

/** `resume`, and a second credential for a grant: the same G under a new string. */
export async function remint(opened: OpenedVault, grant: GrantWire, prefix: GrantPrefix): Promise<{ credential: Credential; row: CredentialWire }> {
  const at = { vaultId: opened.vaultId, grantId: grant.grantId };
  const grantSecret = await openEscrow(opened.root, at, grant.label, readBytes(grant.envelope));
  return mintFor(opened.vaultId, grant.grantId, prefix, grantSecret).finally(() => { wipe(grantSecret); });
}

export interface TestGrant {
  readonly virtualKey: Credential;
  readonly grantId: Id;
  readonly tokenRowId: Id;
  readonly tokenWrap: string;
  readonly sealedKey: SealedKeyWire;
}

/** F18: a grant for one call, sent in its body and stored nowhere. Not in the vault either, so nobody can ever use it again. */
export async function testGrant(opened: OpenedVault, item: KeyItemWire): Promise<TestGrant> {
  const grantId = newId();
  const grantSecret = newGrantSecret();
  try {
    const { credential, row } = await mintFor(opened.vaultId, grantId, 'km_live_', grantSecret);
    const sealedKey = await sealFor(opened, await grantRoot(grantSecret), grantId, { item, priority: 0 });
    return { virtualKey: credential, grantId, tokenRowId: row.tokenRowId, tokenWrap: row.tokenWrap, sealedKey };
  } finally {
    wipe(grantSecret);
  }
}

export interface RequestGrantAsk {
  readonly vaultId: Id;
  readonly vaultPublicKey: string;
  readonly label: string;
  readonly prefix: GrantPrefix;
}

export interface RequestedGrant {
  readonly credential: Credential;
  readonly words: readonly string[];
  readonly body: CredentialWire & { readonly grantId: Id; readonly label: string; readonly escrowDeposit: string };
}

/** F6 for somebody who cannot open the vault. The words go to an admin by another way. */
export async function requestGrant({ vaultId, vaultPublicKey, label, prefix }: RequestGrantAsk): Promise<RequestedGrant> {
  const grantId = newId();
  const point = readBytes(vaultPublicKey);
  const grantSecret = newGrantSecret();
  try {
    const { credential, row } = await mintFor(vaultId, grantId, prefix, grantSecret);
    const escrowDeposit = toBase64url(await sealEscrowDeposit(point, { vaultId, grantId }, label, grantSecret));
    return { credential, words: await grantWords(point, grantId, grantSecret), body: { grantId, label, ...row, escrowDeposit } };
  } finally {
    wipe(grantSecret);
  }
}

/** What the admin compares with what he was told. */
export async function wordsOfRequest(opened: OpenedVault, request: GrantWire): Promise<string[]> {
  const grantSecret = await requestSecret(opened, request);
  return grantWords(opened.pair.point, request.grantId, grantSecret).finally(() => { wipe(grantSecret); });
}

export interface ApproveGrantAsk {
  readonly request: GrantWire;
  /** As shown and confirmed: what is approved is what was shown. */
  readonly words: readonly string[];
  readonly items: readonly GrantKey[];
}

export interface ApprovedGrant extends GrantSeals {
  readonly grantId: Id;
  readonly escrow: string;
}

export async function approveGrant(opened: OpenedVault, { request, words, items }: ApproveGrantAsk): Promise<ApprovedGrant> {
  const grantSecret = await requestSecret(opened, request);
  try {
    const there = await grantWords(opened.pair.point, request.grantId, grantSecret);
    if (there.join(' ') !== words.join(' ')) refuse('words-differ', 'This is not the request that was shown.');
    const at = { vaultId: opened.vaultId, grantId: request.grantId };
    const escrow = toBase64url(await sealEscrow(opened.root, at, request.label, grantSecret));
    return { grantId: request.grantId, escrow, ...(await sealsOf(opened, await grantRoot(grantSecret), request.grantId, items)) };
  } finally {
    wipe(grantSecret);
  }
}

export interface GrantSeals {
  readonly vaultPointTag: string;
  readonly sealedKeys: readonly SealedKeyWire[];
}

async function sealsOf(opened: OpenedVault, root: Root, grantId: Id, items: readonly GrantKey[]): Promise<GrantSeals> {
  const sealedKeys = await Promise.all(items.map((wanted) => sealFor(opened, root, grantId, wanted)));
  return { vaultPointTag: toBase64url(await tagVaultPoint(root, opened.vaultId, opened.epoch, opened.pair.point)), sealedKeys };
}

async function sealFor(opened: OpenedVault, root: Root, grantId: Id, { item, priority }: GrantKey): Promise<SealedKeyWire> {
  const payload = await payloadOf(opened, item);
  const envelope = await sealForGrant(root, grantId, addressOf(opened, item), payload).finally(() => { wipe(payload.secret); });
  return { keyId: item.id, version: item.version, priority, envelope: toBase64url(envelope) };
}

async function mintFor(vaultId: Id, grantId: Id, prefix: GrantPrefix, grantSecret: Bytes): Promise<{ credential: Credential; row: CredentialWire }> {
  const tokenRowId = newId();
  const credential = mintCredential(prefix);
  const wrapped = await wrapForCredential(await credentialRoot(credential), { vaultId, grantId }, tokenRowId, grantSecret);
  return { credential, row: { tokenRowId, tokenHash: toBase64url(await hashCredential(credential)), tokenWrap: toBase64url(wrapped) } };
}

function requestSecret(opened: OpenedVault, { grantId, label, envelope }: GrantWire): Promise<Bytes> {
  return openEscrowDeposit(opened.pair, { vaultId: opened.vaultId, grantId }, label, readBytes(envelope));
}
