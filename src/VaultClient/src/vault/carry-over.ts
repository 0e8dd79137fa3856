import {
  grantRoot, openDeposit, openEscrow, openEscrowDeposit, openItem, sealAccountItem, sealDeposit, sealEscrow, sealEscrowDeposit, sealItem,
  tagVaultPoint, toBase64url, wipe, type AccountSecrets, type Id,
} from '../kp1/index';
import { addressOf, brokenAsUndefined } from './key-items';
import type { OpenedVault } from './opened';
import type { AdminWire } from './rewrap';
import { readBytes, type GrantWire, type ItemWire, type KeyItemWire } from './wire';

// F16: what opened under the old key, sealed under the new one. What does not open was not put there by this vault, or was changed;
// it is left behind and named.

/** Everything of a vault that lies under its key. */
export interface VaultContents {
  readonly items: readonly KeyItemWire[];
  readonly grants: readonly GrantWire[];
  readonly deposits: readonly KeyItemWire[];
  readonly escrowDeposits: readonly GrantWire[];
  readonly admins: readonly AdminWire[];
  /** As read with the lists: the server refuses if something came in since. */
  readonly pendingCounter: number;
}

export interface AccountContent extends AccountSecrets {
  readonly item: ItemWire;
}

export interface CarriedOver {
  readonly epoch: number;
  readonly pendingCounter: number;
  readonly vaultPublicKey: string;
  readonly items: readonly ItemWire[];
  readonly escrows: readonly CarriedGrant[];
  readonly deposits: readonly KeyItemWire[];
  readonly escrowDeposits: readonly GrantWire[];
  /** Ids of items, grants, deposits and requests that did not open. */
  readonly discarded: readonly Id[];
}

export interface CarriedGrant {
  readonly grantId: Id;
  readonly escrow: string;
  readonly vaultPointTag: string;
}

export async function carryOver(old: OpenedVault, next: OpenedVault, contents: VaultContents, account: AccountContent): Promise<CarriedOver> {
  const discarded: Id[] = [];
  const each = async <Row, Carried>(rows: readonly Row[], idOf: (row: Row) => Id, carry: (row: Row) => Promise<Carried>): Promise<Carried[]> => {
    const carried: Carried[] = [];
    for (const row of rows) {
      const done = await carry(row).catch(brokenAsUndefined);
      if (done === undefined) discarded.push(idOf(row));
      else carried.push(done);
    }
    return carried;
  };
  return {
    epoch: next.epoch,
    pendingCounter: contents.pendingCounter,
    vaultPublicKey: toBase64url(next.pair.point),
    items: [await accountItem(next, account), ...(await each(contents.items, (row) => row.id, (row) => carryItem(old, next, row)))],
    escrows: await each(contents.grants, (row) => row.grantId, (row) => carryGrant(old, next, row)),
    deposits: await each(contents.deposits, (row) => row.id, (row) => carryDeposit(old, next, row)),
    escrowDeposits: await each(contents.escrowDeposits, (row) => row.grantId, (row) => carryRequest(old, next, row)),
    discarded,
  };
}

async function accountItem(next: OpenedVault, { item, seed, kdf }: AccountContent): Promise<ItemWire> {
  const row = { ...item, version: item.version + 1 };
  return { ...row, envelope: toBase64url(await sealAccountItem(next.root, addressOf(next, row), { seed, kdf })) };
}

/** Same version: the provider key is the same, and SEALED_KEYs that name it stay. */
async function carryItem(old: OpenedVault, next: OpenedVault, row: KeyItemWire): Promise<KeyItemWire> {
  const payload = await openItem(old.root, addressOf(old, row), readBytes(row.envelope));
  const envelope = await sealItem(next.root, addressOf(next, row), payload).finally(() => { wipe(payload.secret); });
  return { ...row, envelope: toBase64url(envelope) };
}

async function carryGrant(old: OpenedVault, next: OpenedVault, { grantId, label, envelope }: GrantWire): Promise<CarriedGrant> {
  const at = { vaultId: old.vaultId, grantId };
  const grantSecret = await openEscrow(old.root, at, label, readBytes(envelope));
  try {
    const escrow = toBase64url(await sealEscrow(next.root, at, label, grantSecret));
    const tag = await tagVaultPoint(await grantRoot(grantSecret), next.vaultId, next.epoch, next.pair.point);
    return { grantId, escrow, vaultPointTag: toBase64url(tag) };
  } finally {
    wipe(grantSecret);
  }
}

/** Still waits for approval afterwards: that it opened says nothing about who sent it. */
async function carryDeposit(old: OpenedVault, next: OpenedVault, row: KeyItemWire): Promise<KeyItemWire> {
  const payload = await openDeposit(old.pair, addressOf(old, row), row, readBytes(row.envelope));
  const envelope = await sealDeposit(next.pair.point, addressOf(next, row), payload).finally(() => { wipe(payload.secret); });
  return { ...row, envelope: toBase64url(envelope) };
}

async function carryRequest(old: OpenedVault, next: OpenedVault, row: GrantWire): Promise<GrantWire> {
  const at = { vaultId: old.vaultId, grantId: row.grantId };
  const grantSecret = await openEscrowDeposit(old.pair, at, row.label, readBytes(row.envelope));
  const envelope = await sealEscrowDeposit(next.pair.point, at, row.label, grantSecret).finally(() => { wipe(grantSecret); });
  return { ...row, envelope: toBase64url(envelope) };
}
