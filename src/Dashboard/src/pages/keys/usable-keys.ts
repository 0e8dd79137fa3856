import { isInVault, listKeys, type KeyRow } from './keys-api';
import { listProviders, type Provider } from './providers';

/** The keys that something can be made with. */
export interface UsableKeys {
  readonly rows: readonly KeyRow[];
  readonly providers: readonly Provider[];
}

export async function readUsableKeys(): Promise<UsableKeys> {
  const [rows, providers] = await Promise.all([listKeys(), listProviders()]);
  return { rows: rows.filter(isInVault), providers };
}
