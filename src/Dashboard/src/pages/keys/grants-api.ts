import type { GrantPrefix, GrantWire, KeyItemWire } from '@keypass/vault-client';
import { get } from '../../app/api';
import { needNumber, needText, objectsAt, textAt } from '../../app/json';
import { askVault } from '../../app/vault';

/** A grant the vault vouches for, with what it holds. Its envelope is empty where it does not match its seal: nothing can be sealed for it. */
export interface VouchedGrant extends GrantWire {
  readonly held: readonly { readonly keyId: string; readonly version: number; readonly priority: number }[];
}

export async function listGrants(): Promise<readonly VouchedGrant[]> {
  return objectsAt(await get('/v1/vault/escrows'), 'items').map((row) => ({
    grantId: needText(row, 'grantId'), label: textAt(row, 'label') ?? '', envelope: textAt(row, 'envelope') ?? '',
    held: objectsAt(row, 'keys').map((one) => ({ keyId: needText(one, 'keyId'), version: needNumber(one, 'version'), priority: needNumber(one, 'priority') })),
  }));
}

/** F6, F7, by the owner: made whole in this browser. The server first sees the credential when it is used. */
export async function makeGrant(label: string, prefix: GrantPrefix, items: readonly KeyItemWire[]) {
  const { credential, body } = await askVault('newGrant', { label, prefix, items: items.map((item, priority) => ({ item, priority })) });
  return { credential, body };
}
