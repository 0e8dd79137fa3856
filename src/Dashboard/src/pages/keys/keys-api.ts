import type { KeyItemWire } from '@keypass/vault-client';
import { get, patch, post, remove } from '../../app/api';
import { flagAt, needNumber, needText, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';
import { isManaged } from '../../app/session';
import { askVault } from '../../app/vault';
import { readBudget, type Budget, type BudgetWire } from '../../budgets/budget';
import type { ReadForm } from './key-form';

/** A provider key as the server has it: names in the clear, the key in an envelope. */
export interface KeyRow extends KeyItemWire {
  readonly label: string | undefined;
  readonly custody: string;
  /** `deposited`: a program put it here, and it waits for the owner. */
  readonly status: string;
  /** The row does not match its seal: what remains is to delete it. */
  readonly broken: boolean;
  readonly createdAt: string;
  readonly rotatedAt: string | undefined;
  readonly lastTest: LastTest | undefined;
  readonly budget: Budget | undefined;
}

/** Approved, and as it was sealed. */
export const isInVault = ({ status, broken }: KeyRow): boolean => status === 'active' && !broken;

export interface LastTest {
  readonly ok: boolean;
  readonly status: string;
  readonly at: string;
}

export interface TestOutcome {
  readonly ok: boolean;
  /** What the vendor said, as a sentence. */
  readonly message: string;
}

export async function listKeys(): Promise<readonly KeyRow[]> {
  return objectsAt(await get('/v1/keys'), 'items').map(readKey);
}

function readKey(row: JsonObject): KeyRow {
  const tested = objectAt(row, 'lastTest');
  return {
    id: needText(row, 'id'), kind: 'key', provider: needText(row, 'provider'), origin: needText(row, 'origin'),
    version: needNumber(row, 'version'), envelope: textAt(row, 'envelope') ?? '',
    broken: textAt(row, 'envelope') === undefined, label: textAt(row, 'label'),
    custody: textAt(row, 'custody') ?? 'sealed', status: textAt(row, 'status') ?? 'active',
    budget: readBudget(row), createdAt: needText(row, 'createdAt'), rotatedAt: textAt(row, 'rotatedAt'),
    lastTest: textAt(tested, 'status') === undefined ? undefined : { ok: flagAt(tested, 'ok'), status: needText(tested, 'status'), at: needText(tested, 'at') },
  };
}

type Filled = Exclude<ReadForm, { readonly wrong: unknown }>;

/** Sealed here; for a managed vault the server does that, and is sent the key itself. */
export async function addKey({ input, plain }: Filled, label: string): Promise<KeyRow> {
  if (isManaged()) return readKey(await post('/v1/keys', { ...plain, ...(label !== '' && { label }) }));
  const { item } = await askVault('addProviderKey', { input, grants: [] });
  return readKey(await post('/v1/keys', {
    id: item.id, provider: item.provider, origin: item.origin, envelope: item.envelope, ...(label !== '' && { label }),
  }));
}

export async function renameKey(id: string, label: string): Promise<void> {
  await patch(`/v1/keys/${id}`, { label: label === '' ? null : label });
}

/** Null takes the limit away. */
export async function limitKey(id: string, budget: BudgetWire | null): Promise<void> {
  await patch(`/v1/keys/${id}`, { budget });
}

export async function deleteKey(id: string): Promise<void> {
  await remove(`/v1/keys/${id}`);
}

/** An ordinary call with a credential that lives for a minute. */
export async function testKey(row: KeyRow): Promise<TestOutcome> {
  const body = isManaged() ? {} : await askVault('testGrant', { item: row });
  const data = await post(`/v1/keys/${row.id}/test`, body);
  return { ok: flagAt(data, 'ok'), message: needText(data, 'message') };
}
