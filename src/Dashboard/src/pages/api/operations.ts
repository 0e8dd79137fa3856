import { isObject, listAt, objectAt, textAt, type JsonObject } from '../../app/json';
import { callersOf, type Caller } from './callers';
import { resolve } from './refs';

export interface Parameter {
  readonly name: string;
  readonly place: string;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: unknown;
}

/** A request body or an answer in one media type. */
export interface Content {
  readonly mediaType: string;
  readonly schema: unknown;
  readonly example: unknown;
}

export interface Answered {
  readonly status: string;
  readonly description: string | undefined;
  readonly contents: readonly Content[];
}

export interface Operation {
  /** The operationId, or made from method and path; also the fragment of a link to it. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly deprecated: boolean;
  /** Undefined: the description does not say. Empty: anyone. */
  readonly callers: readonly Caller[] | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly description: string | undefined; readonly contents: readonly Content[] } | undefined;
  readonly answers: readonly Answered[];
}

export interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly operations: readonly Operation[];
}

export interface ApiDescription {
  readonly root: JsonObject;
  readonly title: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly groups: readonly Group[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'trace'] as const;

/** Undefined if `json` is not an OpenAPI 3.x document. */
export function readDescription(json: unknown): ApiDescription | undefined {
  if (!isObject(json) || textAt(json, 'openapi')?.startsWith('3.') !== true) return undefined;
  const about = objectAt(json, 'info');
  return {
    root: json,
    title: textAt(about, 'title') ?? 'API',
    version: textAt(about, 'version'),
    description: textAt(about, 'description'),
    groups: groupsOf(json),
  };
}

/** Groups in the order the document lists its tags, then those it only uses, in the order they appear. */
function groupsOf(root: JsonObject): Group[] {
  const descriptions = new Map<string, string | undefined>();
  for (const tag of listAt(root, 'tags').filter(isObject)) descriptions.set(textAt(tag, 'name') ?? '', textAt(tag, 'description'));
  const operations = new Map<string, Operation[]>([...descriptions].map(([name]) => [name, []]));
  for (const [path, item] of Object.entries(objectAt(root, 'paths'))) {
    const shared = resolve(root, item) ?? {};
    for (const method of methods) {
      const raw = shared[method];
      if (!isObject(raw)) continue;
      const [tag] = listAt(raw, 'tags');
      const group = typeof tag === 'string' ? tag : 'Other';
      operations.set(group, [...(operations.get(group) ?? []), readOperation(root, shared, raw, method, path)]);
    }
  }
  return [...operations]
    .filter(([, listed]) => listed.length > 0)
    .map(([name, listed]) => ({ name, description: descriptions.get(name), operations: listed }));
}

function readOperation(root: JsonObject, shared: JsonObject, raw: JsonObject, method: string, path: string): Operation {
  const body = resolve(root, raw['requestBody']);
  return {
    id: textAt(raw, 'operationId') ?? `${method}-${path.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}`,
    method: method.toUpperCase(),
    path,
    summary: textAt(raw, 'summary'),
    description: textAt(raw, 'description'),
    deprecated: raw['deprecated'] === true,
    callers: callersOf(root, raw),
    parameters: parametersOf(root, shared, raw),
    body: body && { required: body['required'] === true, description: textAt(body, 'description'), contents: contentsOf(body) },
    answers: Object.entries(objectAt(raw, 'responses')).map(([status, value]) => {
      const answer = resolve(root, value) ?? {};
      return { status, description: textAt(answer, 'description'), contents: contentsOf(answer) };
    }),
  };
}

/** The operation's own parameters replace those of its path with the same name and place. */
function parametersOf(root: JsonObject, shared: JsonObject, raw: JsonObject): Parameter[] {
  const byPlace = new Map<string, Parameter>();
  for (const value of [...listAt(shared, 'parameters'), ...listAt(raw, 'parameters')]) {
    const parameter = resolve(root, value);
    if (parameter === undefined) continue;
    const name = textAt(parameter, 'name') ?? '';
    const place = textAt(parameter, 'in') ?? '';
    const required = parameter['required'] === true;
    byPlace.set(`${place} ${name}`, { name, place, required, description: textAt(parameter, 'description'), schema: parameter['schema'] });
  }
  return [...byPlace.values()];
}

function contentsOf(parent: JsonObject): Content[] {
  return Object.entries(objectAt(parent, 'content'))
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .map(([mediaType, content]) => ({ mediaType, schema: content['schema'], example: content['example'] }));
}
