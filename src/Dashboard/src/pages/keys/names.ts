import type { KeyRow } from './keys-api';
import { providerOf, type Provider } from './providers';

// How a key is called in sentences.

export const vendorOf = (providers: readonly Provider[], row: KeyRow): string =>
  (row.provider.startsWith('custom:') ? new URL(row.origin).host : providerOf(providers, row.provider)?.name ?? row.provider);

export const nameOf = (vendor: string, row: KeyRow): string => (row.label === undefined ? `the ${vendor} key` : `the ${vendor} key “${row.label}”`);

/** Said where the owner chose it: a vendor with one address has no other. */
export function whereTo(providers: readonly Provider[], row: KeyRow): string | undefined {
  if (row.provider.startsWith('custom:')) return `${row.origin}${row.provider.slice('custom:'.length)}`;
  return providerOf(providers, row.provider)?.origin === undefined ? row.origin : undefined;
}
