import type { KeyItemWire } from '@keypass/vault-client';
import { patch, post, remove } from '../../app/api';
import { flagAt, needText, textAt, textsAt, type JsonObject } from '../../app/json';
import { isManaged } from '../../app/session';
import { Trouble } from '../../app/trouble';
import { askVault } from '../../app/vault';
import { readBudget, sameBudget, type Budget, type BudgetWire } from '../../budgets/budget';
import { listGrants, makeGrant, type VouchedGrant } from '../keys/grants-api';
import { readRates, sameRates, type Rates } from './rates';

export interface VirtualKey {
  readonly id: string;
  readonly name: string;
  /** The last characters of its present credential. */
  readonly hint: string;
  readonly test: boolean;
  readonly tags: readonly string[];
  readonly status: string;
  /** Asked in this order. */
  readonly keyIds: readonly string[];
  readonly limits: Limits;
  readonly budget: Budget | undefined;
  readonly rates: Rates;
  /** The id of the token that made it; undefined where it was you. */
  readonly madeBy: string | undefined;
  readonly approved: boolean;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly lastUsedAt: string | undefined;
}

/** Beside the keys it holds. An empty list is no limit. */
export interface Limits {
  readonly providers: readonly string[];
  /** With a star for any letters. */
  readonly models: readonly string[];
  readonly routes: readonly string[];
  /** Whether a call ends when its caller goes, instead of being read to its end and counted exactly. */
  readonly cancelsOnHangUp: boolean;
}

export const virtualKeysPath = '/v1/virtual-keys';

export const readVirtualKey = (row: JsonObject): VirtualKey => ({
  id: needText(row, 'id'), name: needText(row, 'name'), hint: textAt(row, 'hint') ?? '', test: textAt(row, 'mode') === 'test', tags: textsAt(row, 'tags'),
  status: needText(row, 'status'), keyIds: textsAt(row, 'providerKeyIds'),
  limits: {
    providers: textsAt(row, 'providers'), models: textsAt(row, 'models'), routes: textsAt(row, 'routes'), cancelsOnHangUp: flagAt(row, 'cancelsOnHangUp'),
  },
  budget: readBudget(row), rates: readRates(row),
  madeBy: textAt(row, 'madeBy') === 'account' ? undefined : textAt(row, 'madeBy'), approved: flagAt(row, 'approved'),
  createdAt: needText(row, 'createdAt'), expiresAt: textAt(row, 'expiresAt'), lastUsedAt: textAt(row, 'lastUsedAt'),
});

export interface Wish {
  readonly name: string;
  readonly tags: readonly string[];
  readonly test: boolean;
  /** In the order in which they are asked. */
  readonly items: readonly KeyItemWire[];
  readonly limits: Limits;
  /** Null is none. */
  readonly budget: BudgetWire | null;
  readonly rates: Rates;
  readonly expiresAt: string | undefined;
}

/** What it calls, for an example that works. A test key reaches the sandbox with whatever keys. */
export const calledBy = (test: boolean, held: readonly { readonly provider: string }[]): readonly string[] =>
  (test ? ['sandbox'] : held.map(({ provider }) => provider));

const prefixOf = ({ test }: { readonly test: boolean }) => (test ? 'km_test_' : 'km_live_');
const hintOf = (credential: string): string => credential.slice(-4);
const idsOf = (items: readonly KeyItemWire[]): string[] => items.map(({ id }) => id);

/** Gives the credential, this once. Of a managed vault the server makes it. */
export async function createVirtualKey({ name, tags, test, items, limits, budget, rates, expiresAt }: Wish): Promise<string> {
  const wished = {
    name, tags, mode: test ? 'test' : 'live', ...limits, rateLimits: rates, ...(budget !== null && { budget }), ...(expiresAt !== undefined && { expiresAt }),
  };
  if (isManaged()) return needText(await post(virtualKeysPath, { ...wished, providerKeyIds: idsOf(items) }), 'virtualKey');
  const { credential, body } = await makeGrant(name, prefixOf({ test }), items);
  await post(virtualKeysPath, { ...body, ...wished, hint: hintOf(credential) });
  return credential;
}

export interface Change {
  readonly name: string;
  readonly tags: readonly string[];
  readonly items: readonly KeyItemWire[];
  readonly limits: Limits;
  /** Null takes it away. */
  readonly budget: BudgetWire | null;
  readonly rates: Rates;
  /** Null: no end. Undefined: as it is. */
  readonly expiresAt: string | null | undefined;
}

/** What nobody touched is not sent: a limit that was changed elsewhere meanwhile stays. */
export async function changeVirtualKey(row: VirtualKey, { items, limits, budget, rates, expiresAt, ...named }: Change): Promise<void> {
  const keysChange = idsOf(items).join() !== row.keyIds.join();
  await patch(`${virtualKeysPath}/${row.id}`, {
    ...named, ...limits, ...(expiresAt !== undefined && { expiresAt }),
    ...(!sameBudget(row.budget?.set ?? null, budget) && { budget }), ...(!sameRates(row.rates, rates) && { rateLimits: rates }),
    ...(keysChange && { providerKeyIds: idsOf(items), ...await sealAdded(row, items) }),
  });
}

/** Those it does not hold yet, sealed for it in this browser. */
async function sealAdded(row: VirtualKey, items: readonly KeyItemWire[]) {
  const added = items.map((item, priority) => ({ item, priority })).filter(({ item }) => !row.keyIds.includes(item.id));
  if (added.length === 0 || isManaged()) return {};
  const { sealedKeys } = await askVault('updateGrant', { grant: await vouchedFor(row), items: added });
  return { sealedKeys };
}

/** A new credential for the same key; the old one works on for that long. Gives it, this once. */
export async function rotateVirtualKey(row: VirtualKey, overlapSeconds: number): Promise<string> {
  const path = `${virtualKeysPath}/${row.id}/rotate`;
  if (isManaged()) return needText(await post(path, { overlapSeconds }), 'virtualKey');
  const { credential, row: wrap } = await askVault('remint', { grant: await vouchedFor(row), prefix: prefixOf(row) });
  await post(path, { overlapSeconds, ...wrap, hint: hintOf(credential) });
  return credential;
}

/** What the vault opens of it; its label there is the name it was made with. */
async function vouchedFor(row: VirtualKey): Promise<VouchedGrant> {
  const grant = (await listGrants()).find(({ grantId }) => grantId === row.id);
  if (grant === undefined) throw notVouched;
  if (grant.envelope === '') throw broken;
  return grant;
}

const notVouched = new Trouble(
  'not_vouched', 'Your vault does not vouch for this key yet: a management token made it. Confirm it under Keys, “Waiting for you”, then do this again.',
);
const broken = new Trouble('altered', 'The row of this key does not match its seal: somebody altered it, or a disk did. Delete the key and make another.');

export async function disableVirtualKey(id: string): Promise<void> {
  await post(`${virtualKeysPath}/${id}/disable`);
}

export async function enableVirtualKey(id: string): Promise<void> {
  await post(`${virtualKeysPath}/${id}/enable`);
}

export async function deleteVirtualKey(id: string): Promise<void> {
  await remove(`${virtualKeysPath}/${id}`);
}
