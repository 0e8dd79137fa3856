import type { GrantWire, KeyItemWire, ProviderKeyInput } from '@keypass/vault-client';
import { get, patch, post, put, remove } from '../../app/api';
import { flagAt, listAt, needNumber, needText, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';
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
  /** The row does not match its seal: somebody changed it in the database, and nothing opens it. */
  readonly broken: boolean;
  readonly lastTest: TestOutcome | undefined;
}

/** What the vendor said of a key, and when. */
export interface TestOutcome {
  readonly status: string;
  readonly at: string;
}

export async function listKeys(): Promise<readonly KeyRow[]> {
  return objectsAt(await get('/v1/keys'), 'items').map(readKey);
}

function readKey(row: JsonObject): KeyRow {
  const tested = objectAt(row, 'lastTest');
  return {
    id: needText(row, 'id'), kind: 'key', provider: needText(row, 'provider'), origin: needText(row, 'origin'),
    version: needNumber(row, 'version'), envelope: textAt(row, 'envelope') ?? '', broken: flagAt(row, 'broken'),
    label: textAt(row, 'label'), custody: textAt(row, 'custody') ?? 'sealed', status: textAt(row, 'status') ?? 'active',
    createdAt: needText(row, 'createdAt'), rotatedAt: textAt(row, 'rotatedAt'),
    lastTest: Object.keys(tested).length === 0 ? undefined : { status: needText(tested, 'status'), at: needText(tested, 'at') },
  };
}

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
  return objectsAt(await get('/v1/vault/escrows'), 'items').flatMap((row) => {
    const sealed = objectsAt(row, 'keys').find((entry) => textAt(entry, 'keyId') === keyId);
    const envelope = textAt(row, 'envelope');
    // One that does not match its seal cannot be re-sealed; the server names it among those that keep the old key.
    if (sealed === undefined || envelope === undefined) return [];
    const grant = { grantId: needText(row, 'grantId'), label: needText(row, 'label'), envelope };
    return [{ ...grant, priority: needNumber(sealed, 'priority') }];
  });
}

/** An ordinary call with a credential that lives for a minute. The sentence says what came of it. */
export async function testKey(row: KeyRow): Promise<{ readonly status: string; readonly message: string }> {
  const data = await post(`/v1/keys/${row.id}/test`, await askVault('testGrant', { item: row }));
  return { status: needText(data, 'status'), message: needText(data, 'message') };
}
