import { get } from '../app/api';
import { needText, objectsAt, textAt } from '../app/json';
import type { SelectOption } from '../parts/SelectField';
import { listConnections } from '../pages/connections/connections-api';

/** Who calls: what virtual keys and connected apps are called, also those that are gone. */
export interface Callers {
  readonly virtualKeys: ReadonlyMap<string, string>;
  readonly apps: ReadonlyMap<string, string>;
}

const pageSize = 200;

export async function readCallers(): Promise<Callers> {
  const [virtualKeys, connections] = await Promise.all([readVirtualKeys(), listConnections()]);
  return { virtualKeys, apps: new Map(connections.map(({ id, app }) => [id, app])) };
}

async function readVirtualKeys(): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const page = await get(`/v1/virtual-keys?deleted=true&limit=${pageSize}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const row of objectsAt(page, 'items')) names.set(needText(row, 'id'), needText(row, 'name'));
    cursor = textAt(page, 'nextCursor');
  }
  return names;
}

/** The calls of an app carry its connection as a tag, whichever credential it had at the time. */
export const connectionTag = 'connection:';

export const connectionIn = (tags: readonly string[]): string | undefined =>
  tags.find((tag) => tag.startsWith(connectionTag))?.slice(connectionTag.length);

/** For what has no name any more, and in every list the same. */
export const unnamed = (id: string): string => `…${id.slice(-6)}`;

export function callerName({ virtualKeyId, tags }: { readonly virtualKeyId: string; readonly tags: readonly string[] }, callers: Callers | undefined): string {
  const connection = connectionIn(tags);
  const name = connection === undefined ? callers?.virtualKeys.get(virtualKeyId) : callers?.apps.get(connection);
  return name ?? unnamed(connection ?? virtualKeyId);
}

const byName = (one: SelectOption, other: SelectOption) => one.label.localeCompare(other.label);

/** To choose from. An app is named by its tag. */
export function callerOptions(callers: Callers | undefined, chosen: string): readonly SelectOption[] {
  const options = [
    ...[...callers?.virtualKeys ?? []].map(([value, label]) => ({ value, label })).sort(byName),
    ...[...callers?.apps ?? []].map(([id, label]) => ({ value: connectionTag + id, label: `${label} (app)` })).sort(byName),
  ];
  return chosen === '' || options.some(({ value }) => value === chosen) ? options : [...options, { value: chosen, label: unnamed(chosen) }];
}
