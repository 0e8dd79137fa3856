import { get } from '../../app/api';
import { flagAt, needText, objectsAt, textAt, type JsonObject } from '../../app/json';

export interface ProviderField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly hint: string;
}

/** An AI vendor as far as its keys go: the server's catalogue says what to ask for. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** Where its key may go; undefined where the owner says it. */
  readonly origin: string | undefined;
  readonly scheme: string;
  readonly prefix: string | undefined;
  readonly keyPage: string | undefined;
  readonly fields: readonly ProviderField[];
}

export async function listProviders(): Promise<readonly Provider[]> {
  return objectsAt(await get('/v1/providers'), 'items').map(readProvider);
}

function readProvider(row: JsonObject): Provider {
  return {
    id: needText(row, 'id'), name: needText(row, 'name'), scheme: needText(row, 'scheme'),
    origin: textAt(row, 'origin'), prefix: textAt(row, 'prefix'), keyPage: httpsOnly(textAt(row, 'keyPage')),
    fields: objectsAt(row, 'fields').map((field) => ({
      name: needText(field, 'name'), label: needText(field, 'label'), hint: textAt(field, 'hint') ?? '',
      secret: flagAt(field, 'secret'), required: flagAt(field, 'required'),
    })),
  };
}

/** It becomes a link. */
const httpsOnly = (address: string | undefined): string | undefined => (address?.startsWith('https://') ? address : undefined);

/** `custom:/v1` is the provider of one base path on one server. */
export function providerOf(providers: readonly Provider[], id: string): Provider | undefined {
  return providers.find((provider) => provider.id === (id.startsWith('custom:') ? 'custom' : id));
}

/** The vendors whose keys begin like that: of several beginnings that fit, the longest says most. */
export function looksLike(providers: readonly Provider[], pasted: string): readonly Provider[] {
  const fitting = providers.filter(({ prefix }) => prefix !== undefined && pasted.startsWith(prefix));
  const longest = Math.max(0, ...fitting.map(({ prefix }) => prefix?.length ?? 0));
  return fitting.filter(({ prefix }) => prefix?.length === longest);
}
