import type { GrantWire, KeyItemWire, ProviderKeyInput } from '@keypass/vault-client';
import { get, patch, post, put, remove } from '../../app/api';
import { flagAt, listAt, needNumber, needText, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';
import { Trouble } from '../../app/trouble';
import { askVault } from '../../app/vault';
import { keepDeployments } from './key-form';

/** A provider key as the server has it: names in the clear, the key in an envelope. */
export interface KeyRow extends KeyItemWire {
  readonly label: string | undefined;
  readonly custody: string;
  /** `deposited`: a program put it here, and it waits for the owner. */
  readonly status: string;
  readonly createdAt: string;
  readonly rotatedAt: string | undefined;
  readonly lastTest: TestOutcome | undefined;
}

export interface TestOutcome {
  readonly ok: boolean;
  readonly message: string;
  readonly at: string | undefined;
}

export async function listKeys(): Promise<readonly KeyRow[]> {
  return objectsAt(await get('/v1/keys'), 'items').map(readKey);
}

function readKey(row: JsonObject): KeyRow {
  const tested = objectAt(row, 'lastTest');
  return {
    id: needText(row, 'id'), kind: 'key', provider: needText(row, 'provider'), origin: needText(row, 'origin'),
    version: needNumber(row, 'version'), envelope: needText(row, 'envelope'),
    label: textAt(row, 'label'), custody: textAt(row, 'custody') ?? 'sealed', status: textAt(row, 'status') ?? 'active',
    createdAt: needText(row, 'createdAt'), rotatedAt: textAt(row, 'rotatedAt'),
    lastTest: textAt(tested, 'message') === undefined ? undefined : readTest(tested),
  };
}

const readTest = (tested: JsonObject): TestOutcome => ({ ok: flagAt(tested, 'ok'), message: textAt(tested, 'message') ?? '', at: textAt(tested, 'at') });

export async function addKey(input: ProviderKeyInput, label: string): Promise<KeyRow> {
  const { item } = await askVault('addProviderKey', { input, grants: [] });
  return readKey(await post('/v1/keys', {
    id: item.id, provider: item.provider, origin: item.origin, envelope: item.envelope, ...(label !== '' && { label }),
  }));
}

export async function renameKey(id: string, label: string): Promise<void> {
  await patch(`/v1/keys/${id}`, { label: label === '' ? null : label });
}

export async function deleteKey(id: string): Promise<void> {
  await remove(`/v1/keys/${id}`);
}

/** The new key for every grant that has the old one; what could not be re-sealed is named, and still uses the old key. */
export async function rotateKey(row: KeyRow, secret: string): Promise<{ readonly stillOnOldKey: number }> {
  const grants = await grantsWith(row.id);
  const { item, sealedKeys, untrusted } = await askVault('rotateProviderKey', { item: row, secret: await withOldDeployments(row, secret), grants });
  const answer = await put(`/v1/keys/${row.id}`, {
    version: item.version, envelope: item.envelope, ...(sealedKeys.length > 0 && { sealedKeys }),
  });
  return { stillOnOldKey: Math.max(untrusted.length, listAt(answer, 'stillOnOldKey').length) };
}

/** What was sealed with the old key and not given anew stays with the new one. */
async function withOldDeployments(row: KeyRow, secret: string): Promise<string> {
  if (row.provider !== 'azure') return secret;
  const { secret: old } = await askVault('openItem', { item: row });
  return keepDeployments(old, secret);
}

interface GrantOfKey extends GrantWire {
  readonly priority: number;
}

async function grantsWith(keyId: string): Promise<readonly GrantOfKey[]> {
  const data = await get('/v1/vault/escrows').catch(unlessBuilt);
  return data === undefined ? [] : objectsAt(data, 'items').flatMap((row) => {
    const sealed = objectsAt(row, 'keys').find((entry) => textAt(entry, 'keyId') === keyId);
    if (sealed === undefined) return [];
    const grant = { grantId: needText(row, 'grantId'), label: needText(row, 'label'), envelope: needText(row, 'envelope') };
    return [{ ...grant, priority: needNumber(sealed, 'priority') }];
  });
}

/** An ordinary call with a credential that lives for a minute; undefined where the server cannot test yet. */
export async function testKey(row: KeyRow): Promise<TestOutcome | undefined> {
  const body = await askVault('testGrant', { item: row });
  const data = await post(`/v1/keys/${row.id}/test`, body).catch(unlessBuilt);
  return data === undefined ? undefined : readTest(data);
}

/** A server that is older than this page has no such route. */
function unlessBuilt(failure: unknown): undefined {
  if (failure instanceof Trouble && (failure.status === 404 || failure.status === 405)) return undefined;
  throw failure;
}
