import { get, patch, post, remove } from '../../app/api';
import { flagAt, needText, numberAt, objectAt, objectsAt, textAt, textsAt, type JsonObject } from '../../app/json';

/** What a developer registered, so that other people's accounts can be connected to it. */
export interface App {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
  readonly homepage: string | undefined;
  /** A data address. */
  readonly logo: string | undefined;
  readonly test: boolean;
  readonly origins: readonly string[];
  readonly redirectUris: readonly string[];
  /** The host of the homepage, once it was proved. */
  readonly domain: string | undefined;
  readonly verifiedAt: string | undefined;
  readonly secrets: readonly AppSecret[];
  readonly createdAt: string;
}

/** What it has now, and what came of what it asked for in the last 30 days. */
export interface AppCounts {
  readonly connections: number;
  readonly asked: number;
  readonly opened: number;
  readonly approved: number;
}

export interface AppSecret {
  readonly id: string;
  /** Its last characters. */
  readonly hint: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
}

/** The server's: the one in use, and the next. */
export const mostSecrets = 2;

export interface AppWish {
  readonly name: string;
  /** Empty for none. */
  readonly homepage: string;
  readonly logo: string;
  readonly origins: readonly string[];
  readonly redirectUris: readonly string[];
}

export interface MadeApp {
  readonly app: App;
  /** Given this once. */
  readonly clientSecret: string;
}

export interface DomainCheck {
  readonly verified: boolean;
  readonly checked: readonly string[];
}

const path = '/v1/apps';

const readApp = (row: JsonObject): App => {
  const domain = objectAt(row, 'domain');
  return {
    id: needText(row, 'id'), clientId: needText(row, 'clientId'), name: needText(row, 'name'), homepage: textAt(row, 'homepage'), logo: textAt(row, 'logo'),
    test: textAt(row, 'mode') === 'test', origins: textsAt(row, 'origins'), redirectUris: textsAt(row, 'redirectUris'),
    domain: textAt(domain, 'name'), verifiedAt: textAt(domain, 'verifiedAt'),
    secrets: objectsAt(row, 'secrets').map((one) => ({
      id: needText(one, 'id'), hint: needText(one, 'hint'), createdAt: needText(one, 'createdAt'), lastUsedAt: textAt(one, 'lastUsedAt'),
    })),
    createdAt: needText(row, 'createdAt'),
  };
};

export async function listApps(): Promise<readonly App[]> {
  return objectsAt(await get(path), 'items').map(readApp);
}

export interface CountedApp extends App {
  readonly counts: AppCounts;
}

export async function listCountedApps(): Promise<readonly CountedApp[]> {
  const data = await get(path);
  const counts = new Map(objectsAt(data, 'counts').map((one) => [needText(one, 'appId'), one]));
  return objectsAt(data, 'items').map(readApp).map((app) => {
    const of = (name: string) => numberAt(counts.get(app.id) ?? {}, name) ?? 0;
    return { ...app, counts: { connections: of('connections'), asked: of('asked'), opened: of('opened'), approved: of('approved') } };
  });
}

export async function getApp(id: string): Promise<App> {
  return readApp(await get(`${path}/${encodeURIComponent(id)}`));
}

export async function createApp({ homepage, logo, ...wish }: AppWish, test: boolean): Promise<MadeApp> {
  const made = await post(path, { ...wish, mode: test ? 'test' : 'live', ...(homepage !== '' && { homepage }), ...(logo !== '' && { logo }) });
  return { app: readApp(objectAt(made, 'app')), clientSecret: needText(made, 'clientSecret') };
}

export async function changeApp(id: string, wish: AppWish): Promise<App> {
  return readApp(await patch(`${path}/${id}`, wish));
}

export async function deleteApp(id: string): Promise<void> {
  await remove(`${path}/${id}`);
}

/** Gives it, this once. */
export async function addSecret(id: string): Promise<string> {
  return needText(await post(`${path}/${id}/secrets`), 'clientSecret');
}

export async function removeSecret(id: string, secretId: string): Promise<void> {
  await remove(`${path}/${id}/secrets/${secretId}`);
}

export async function checkDomain(id: string): Promise<DomainCheck> {
  const answer = await post(`${path}/${id}/domain-check`);
  return { verified: flagAt(answer, 'verified'), checked: textsAt(answer, 'checked') };
}
