import { get } from '../app/api';
import { needText, objectsAt } from '../app/json';
import { looksSecret } from '../app/secret-text';
import { searchOf } from '../app/useQuery';
import type { Found } from '../parts/Finder';
import { listConnections } from '../pages/connections/connections-api';
import { unnamed } from './unnamed';

/** The calls of an app carry its connection as a tag, whichever credential it had at the time. */
export const connectionTag = 'connection:';

export const connectionIn = (tags: readonly string[]): string | undefined =>
  tags.find((tag) => tag.startsWith(connectionTag))?.slice(connectionTag.length);

export const callerName = ({ virtualKeyId, caller, tags }: {
  readonly virtualKeyId: string; readonly caller: string | undefined; readonly tags: readonly string[];
}): string => caller ?? unnamed(connectionIn(tags) ?? virtualKeyId);

const mostFound = '8';

/** By a part of the name, also those that are gone. An app is named by its tag. */
export function callerSearch(): (part: string) => Promise<readonly Found[]> {
  let connected: ReturnType<typeof listConnections> | undefined;
  return async (part) => {
    if (looksSecret(part)) return [];
    connected ??= listConnections();
    const [page, connections] = await Promise.all([get(`/v1/virtual-keys${searchOf({ deleted: 'true', q: part, limit: mostFound })}`), connected]);
    return [
      ...objectsAt(page, 'items').map((row) => ({ value: needText(row, 'id'), label: needText(row, 'name'), hint: 'virtual key' })),
      ...connections.filter(({ app }) => app.toLowerCase().includes(part.toLowerCase()))
        .map(({ id, app }) => ({ value: connectionTag + id, label: app, hint: 'app' })),
    ];
  };
}

/** Of one that the address names. */
export async function nameOfCaller(chosen: string): Promise<string> {
  if (chosen === '') return '';
  const connection = connectionIn([chosen]);
  const name = connection === undefined
    ? get(`/v1/virtual-keys/${encodeURIComponent(chosen)}`).then((row) => needText(row, 'name'))
    : listConnections().then((all) => all.find(({ id }) => id === connection)?.app);
  return await name.catch(() => undefined) ?? unnamed(chosen);
}
