import type { KeyRow } from './keys-api';
import { providerOf, type Provider } from './providers';

type Named = Pick<KeyRow, 'provider' | 'origin' | 'label'>;

export const vendorOf = (providers: readonly Provider[], row: Pick<Named, 'provider' | 'origin'>): string =>
  (row.provider.startsWith('custom:') ? new URL(row.origin).host : providerOf(providers, row.provider)?.name ?? row.provider);

export const nameOf = (vendor: string, row: Pick<Named, 'label'>): string =>
  (row.label === undefined ? `the ${vendor} key` : `the ${vendor} key “${row.label}”`);

export const begin = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);
