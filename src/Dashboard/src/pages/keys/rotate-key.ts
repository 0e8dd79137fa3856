import { put } from '../../app/api';
import { textsAt } from '../../app/json';
import { isManaged } from '../../app/session';
import { askVault } from '../../app/vault';
import { listGrants } from './grants-api';
import { keepDeployments, type ReadSecret } from './key-form';
import type { KeyRow } from './keys-api';

/** The new key for every grant that has the old one; ids of those that could not be re-sealed, and still use the old key. */
export async function rotateKey(row: KeyRow, { secret, plain }: ReadSecret): Promise<readonly string[]> {
  if (isManaged()) {
    await put(`/v1/keys/${row.id}`, plain);
    return [];
  }
  const grants = (await listGrants()).flatMap(({ held, ...grant }) => {
    const priority = held.find(({ keyId }) => keyId === row.id)?.priority;
    return priority === undefined ? [] : [{ ...grant, priority }];
  });
  const { item, sealedKeys } = await askVault('rotateProviderKey', { item: row, secret: await withOldDeployments(row, secret), grants });
  const answer = await put(`/v1/keys/${row.id}`, {
    version: item.version, envelope: item.envelope, ...(sealedKeys.length > 0 && { sealedKeys }),
  });
  return textsAt(answer, 'stillOnOldKey');
}

/** What was sealed with the old key and not given anew stays with the new one. */
async function withOldDeployments(row: KeyRow, secret: string): Promise<string> {
  if (row.provider !== 'azure') return secret;
  const { secret: old } = await askVault('openItem', { item: row });
  return keepDeployments(old, secret);
}
