import { isOrigin, isProvider, isSecret, prefixOf, type KeyScheme, type ProviderKeyInput } from '@keypass/vault-client';
import { isObject, type JsonObject } from '../../app/json';
import type { Provider } from './providers';

// From what a person typed to what is sealed. Where a vendor needs more than a key, `secret` is one JSON object:
//   azure    {"apiKey", "deployments"?: {model: deployment}}          bedrock  {"region", "apiKey"} or {"region", "accessKeyId", "secretAccessKey", …}
//   vertex   {"serviceAccount": {…}, "region"?, "project"}
// Everything wrong is found here, field by field, before anything is sealed.

export type Typed = Readonly<Record<string, string>>;
/** By field; '' is the form as a whole. */
export type Wrong = Readonly<Record<string, string>>;

/** What was filled in, as the server takes it for a managed vault: by the names of the fields. */
export type PlainForm = Readonly<Record<string, unknown>>;

export type ReadForm = { readonly input: ProviderKeyInput; readonly plain: PlainForm } | { readonly wrong: Wrong };

const schemes: Readonly<Record<string, KeyScheme>> = { bearer: 1, 'x-api-key': 2, 'x-goog-api-key': 3, 'api-key': 4, sigv4: 5, gcp: 6 };

/** Fields that say where the key goes. They are sealed into it: another place is another key. */
const placeFields = new Set(['endpoint', 'baseUrl', 'region']);
export const isPlace = (field: string): boolean => placeFields.has(field);

export function readForm(provider: Provider, typed: Typed): ReadForm {
  const wrong: Record<string, string> = {};
  const values: Record<string, string> = {};
  for (const { name, label, required } of provider.fields) {
    values[name] = (typed[name] ?? '').trim();
    if (required && values[name] === '') wrong[name] = `${label} is missing.`;
  }
  if (Object.keys(wrong).length > 0) return { wrong };
  const place = faultsInto(wrong, () => placeOf(provider, values));
  const secret = faultsInto(wrong, () => secretOf(provider, values));
  const scheme = schemes[provider.scheme];
  if (place === undefined || secret === undefined) return { wrong };
  const input = scheme === undefined ? undefined : { ...place, scheme, secret };
  return input !== undefined && isProvider(input.provider) && isOrigin(input.origin) && isSecret(input.scheme, new TextEncoder().encode(secret))
    ? { input, plain: { provider: provider.id, ...plainOf(values), ...(values['endpoint'] && { endpoint: input.origin }) } }
    : { wrong: { '': 'This cannot be sealed as it is: a part of it has a character that no key or address has.' } };
}

/** What was left empty is not said. */
const plainOf = (values: Typed): PlainForm =>
  Object.fromEntries(Object.entries(values).filter(([, text]) => text !== '').map(([name, text]) => [name, name === 'deployments' ? parse(text) : text]));

export interface ReadSecret {
  readonly secret: string;
  readonly plain: PlainForm;
}

/** For rotating: where it goes stays, and is not asked for again. */
export function readSecret(provider: Provider, typed: Typed, origin: string): ReadSecret | { readonly wrong: Wrong } {
  const read = readForm(provider, { ...typed, ...placeFrom(provider, origin) });
  if ('wrong' in read) return read;
  const { apiKey, credentials, deployments } = read.plain;
  return { secret: read.input.secret, plain: { apiKey, credentials, deployments } };
}

/** Which deployment serves which model stays as it was where only the key is new. */
export function keepDeployments(oldSecret: string, newSecret: string): string {
  const [old, next] = [parse(oldSecret), parse(newSecret)];
  return isObject(old) && isObject(next) ? ascii({ ...old, ...next }) : newSecret;
}

/** One field is wrong, and why. */
class Fault extends Error {
  readonly field: string;

  constructor(field: string, sentence: string) {
    super(sentence);
    this.field = field;
  }
}

function fail(field: string, sentence: string): never {
  throw new Fault(field, sentence);
}

function faultsInto<Read>(wrong: Record<string, string>, read: () => Read): Read | undefined {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    wrong[fault.field] = fault.message;
    return undefined;
  }
}

type Place = Pick<ProviderKeyInput, 'provider' | 'origin'>;

function placeOf({ id, origin }: Provider, values: Typed): Place {
  if (origin !== undefined) return { provider: id, origin };
  if (id === 'azure') {
    const url = addressIn('endpoint', values);
    return { provider: id, origin: url.origin };
  }
  if (id === 'custom') {
    const url = addressIn('baseUrl', values);
    const path = url.pathname.replace(/\/+$/, '');
    if (path === '') fail('baseUrl', `The path is missing. Most servers want ${url.origin}/v1.`);
    if (!isProvider(`custom:${path}`)) fail('baseUrl', 'The path may have letters, digits, and - . _ ~ between its slashes.');
    return { provider: `custom:${path}`, origin: url.origin };
  }
  const region = values['region'] ?? '';
  if (region !== '' && !/^[a-z0-9-]+$/.test(region)) fail('region', 'A region has small letters, digits and dashes, like us-east-1.');
  return { provider: id, origin: originIn(id, region) };
}

function originIn(id: string, region: string): string {
  if (id === 'bedrock') return `https://bedrock-runtime.${region}.amazonaws.com`;
  return region === '' || region === 'global' ? 'https://aiplatform.googleapis.com' : `https://${region}-aiplatform.googleapis.com`;
}

/** The other way round. */
function placeFrom({ id }: Provider, origin: string): Typed {
  if (id === 'bedrock') return { region: /^https:\/\/bedrock-runtime\.([a-z0-9-]+)\./.exec(origin)?.[1] ?? '' };
  if (id === 'vertex') return { region: /^https:\/\/([a-z0-9-]+)-aiplatform\./.exec(origin)?.[1] ?? '' };
  return { endpoint: origin, baseUrl: `${origin}/v1` };
}

function addressIn(field: string, values: Typed): URL {
  const url = URL.parse(values[field] ?? '');
  if (url === null) fail(field, 'That is not an address. It begins with https://.');
  if (url.protocol !== 'https:') fail(field, 'The address must begin with https://, so that the key is not sent in the clear.');
  const more = url.username + url.password + url.search + url.hash;
  if (more !== '') fail(field, 'Only the address itself: nothing before an @, after a ? or a #.');
  return url;
}

function secretOf({ id }: Provider, values: Typed): string {
  switch (id) {
    case 'azure': {
      const apiKey = headerText('apiKey', values);
      const deployments = values['deployments'] === '' ? {} : jsonIn('deployments', values);
      const named = Object.values(deployments).every((name) => typeof name === 'string' && name !== '');
      if (!named) fail('deployments', 'Each model takes the name of one deployment, as text.');
      return ascii(Object.keys(deployments).length === 0 ? { apiKey } : { apiKey, deployments });
    }
    case 'bedrock': {
      const region = values['region'] ?? '';
      if (!(values['credentials'] ?? '').startsWith('{')) {
        return ascii({ region, apiKey: headerText('credentials', values) });
      }
      const pair = jsonIn('credentials', values);
      if (typeof pair['accessKeyId'] !== 'string' || typeof pair['secretAccessKey'] !== 'string') {
        fail('credentials', 'The JSON needs "accessKeyId" and "secretAccessKey".');
      }
      return ascii({ ...pair, region });
    }
    case 'vertex': {
      const serviceAccount = jsonIn('credentials', values);
      const project = serviceAccount['project_id'];
      if (serviceAccount['type'] !== 'service_account' || typeof serviceAccount['private_key'] !== 'string' || typeof project !== 'string') {
        fail('credentials', 'This is not a service-account file: it needs "type": "service_account", "project_id" and "private_key".');
      }
      return ascii({ serviceAccount, project, ...(values['region'] !== '' && { region: values['region'] }) });
    }
    case 'sandbox':
      // It needs none, and something must be sealed.
      return values['apiKey'] === '' ? 'sandbox' : headerText('apiKey', values);
    default:
      return headerText('apiKey', values);
  }
}

/** It becomes a header: a space or a line break in it is a slip of the clipboard, not a part of the key. */
function headerText(field: string, values: Typed): string {
  const text = values[field] ?? '';
  if (prefixOf(text) !== undefined) fail(field, 'This is a credential of KeyPass itself. Paste the key that the vendor gave you.');
  if (/\s/.test(text)) fail(field, 'There is a space or a line break in it. Copy the key again, without what stands around it.');
  if (!/^[\x21-\x7e]+$/.test(text)) fail(field, 'It has a character that no key has. Copy it again from the vendor’s page, not from a formatted text.');
  return text;
}

function jsonIn(field: string, values: Typed): JsonObject {
  const value = parse(values[field] ?? '') ?? fail(field, 'This is not JSON: something is missing at its beginning or end, or a comma or quote in it.');
  return isObject(value) ? value : fail(field, 'This takes one JSON object, in { and }.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No character beyond ASCII and no space outside of text: the form that every scheme takes. */
function ascii(value: unknown): string {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^\x21-\x7e]/g, escaped);
}
