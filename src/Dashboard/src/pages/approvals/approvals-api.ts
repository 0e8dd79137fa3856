import type { GrantWire, KeyItemWire } from '@keypass/vault-client';
import { get, post } from '../../app/api';
import { needNumber, needText, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';
import { isManaged } from '../../app/session';
import { askVault } from '../../app/vault';
import { listGrants, type VouchedGrant } from '../keys/grants-api';
import { isInVault, listKeys, type KeyRow } from '../keys/keys-api';
import { listProviders, type Provider } from '../keys/providers';
import { listTokens } from '../settings/tokens-api';

interface Waiting {
  readonly id: string;
  /** The name of the token that brought it; undefined where that is no longer known. */
  readonly from: string | undefined;
  readonly createdAt: string;
  /** The row does not match its seal. What remains is to reject it. */
  readonly broken: boolean;
}

export interface Deposit extends Waiting {
  readonly kind: 'deposit';
  readonly item: KeyItemWire;
  readonly label: string | undefined;
}

export interface MadeGrant extends Waiting {
  readonly kind: 'grant';
  readonly request: GrantWire;
  readonly held: readonly { readonly keyId: string; readonly version: number; readonly priority: number }[];
}

export type Approval = Deposit | MadeGrant;

export async function listApprovals(): Promise<readonly Approval[]> {
  return objectsAt(await get('/v1/vault/approvals'), 'items').map((row) => (textAt(row, 'kind') === 'deposit' ? readDeposit(row) : readMadeGrant(row)));
}

export interface Desk {
  readonly approvals: readonly Approval[];
  readonly rows: readonly KeyRow[];
  readonly providers: readonly Provider[];
  /** Of the grants, those that are management tokens; the others are virtual keys. */
  readonly tokenIds: ReadonlySet<string>;
  /** Which a key may be sealed for. A token that only puts keys in uses none. */
  readonly takers: readonly VouchedGrant[];
}

export async function readDesk(): Promise<Desk> {
  const [approvals, rows, providers, grants, tokenRows] = await Promise.all([listApprovals(), listKeys(), listProviders(), listGrants(), listTokens()]);
  const without = new Set(tokenRows.filter(({ scopes }) => !scopes.includes('delegate')).map(({ id }) => id));
  const tokenIds = new Set(tokenRows.map(({ id }) => id));
  return { approvals, rows, providers, tokenIds, takers: grants.filter(({ grantId, envelope }) => envelope !== '' && !without.has(grantId)) };
}

function readWaiting(row: JsonObject): Waiting {
  return {
    id: needText(row, 'id'), createdAt: needText(row, 'createdAt'), from: textAt(objectAt(row, 'source'), 'name'),
    broken: textAt(row, 'envelope') === undefined,
  };
}

function readDeposit(row: JsonObject): Deposit {
  const item = {
    id: needText(row, 'id'), kind: 'key', provider: needText(row, 'provider'), origin: needText(row, 'origin'), version: needNumber(row, 'version'),
    envelope: textAt(row, 'envelope') ?? '',
  } as const;
  return { ...readWaiting(row), kind: 'deposit', item, label: textAt(row, 'label') };
}

function readMadeGrant(row: JsonObject): MadeGrant {
  return {
    ...readWaiting(row), kind: 'grant',
    request: { grantId: needText(row, 'id'), label: textAt(row, 'label') ?? '', envelope: textAt(row, 'envelope') ?? '' },
    held: objectsAt(row, 'keys').map((one) => ({ keyId: needText(one, 'keyId'), version: needNumber(one, 'version'), priority: needNumber(one, 'priority') })),
  };
}

/** What only this browser can say of a key that was put in: its last four characters, and whether it is what the row says. */
export async function endingOf({ item }: Deposit): Promise<string> {
  return (await askVault('describeDeposit', { deposit: item })).ending;
}

/** None where the server opens the vault: it could have made any. */
export async function wordsOfGrant({ request }: MadeGrant): Promise<readonly string[]> {
  return isManaged() ? [] : askVault('wordsOfRequest', { request });
}

/** F8: it becomes a key of the vault, and of the grants that were ticked. */
export async function approveDeposit({ id, item: deposit }: Deposit, grants: readonly VouchedGrant[]): Promise<void> {
  const { item, sealedKeys } = await askVault('approveDeposit', { deposit, grants });
  await post(`/v1/vault/approvals/${id}`, { decision: 'approve', envelope: item.envelope, ...(sealedKeys.length > 0 && { sealedKeys }) });
}

/** What is approved is what was shown. Its keys are sealed for it anew, in the version they have today. */
export async function approveGrant({ id, request, held }: MadeGrant, words: readonly string[], rows: readonly KeyRow[]): Promise<void> {
  if (isManaged()) {
    await post(`/v1/vault/approvals/${id}`, { decision: 'approve' });
    return;
  }
  const items = held.flatMap(({ keyId, priority }) => rows.filter((row) => row.id === keyId && isInVault(row)).map((item) => ({ item, priority })));
  const { escrow, vaultPointTag, sealedKeys } = await askVault('approveGrant', { request, words, items });
  await post(`/v1/vault/approvals/${id}`, { decision: 'approve', escrow, vaultPointTag, sealedKeys });
}

export async function reject(id: string): Promise<void> {
  await post(`/v1/vault/approvals/${id}`, { decision: 'reject' });
}
