import { isObject, listAt, objectAt, textAt, type JsonObject } from '../../app/json';
import { referenceOf, resolve } from './refs';
import { typesOf } from './schema';

/** Nothing to show: the schema contains itself here, or says nothing about the value. */
const nothing = Symbol('nothing');
type Example = unknown;

const textByFormat: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00',
  email: 'ana@example.com',
  uri: 'https://app.example.com',
  uuid: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b',
  byte: 'a2V5cGFzcw==',
};

/** A value the schema allows, written as JSON; undefined where a schema says nothing to go by. */
export function exampleJson(root: JsonObject, schema: unknown): string | undefined {
  const example = exampleOf(root, schema, []);
  return example === nothing ? undefined : JSON.stringify(example, null, 2);
}

function exampleOf(root: JsonObject, schema: unknown, within: readonly string[]): Example {
  if (!isObject(schema)) return nothing;
  const reference = referenceOf(schema) ?? '';
  // As in schema.ts: a reference met again is a schema inside itself.
  if ((reference !== '' && within.includes(reference)) || within.length > 12) return nothing;
  const target = resolve(root, schema);
  return target === undefined ? nothing : exampleOfInline(root, target, [...within, reference]);
}

function exampleOfInline(root: JsonObject, schema: JsonObject, within: readonly string[]): Example {
  const [firstExample] = listAt(schema, 'examples');
  const [firstChoice] = listAt(schema, 'enum');
  const stated = schema['example'] ?? firstExample ?? schema['const'] ?? schema['default'] ?? firstChoice;
  if (stated !== undefined) return stated;

  const parts = listAt(schema, 'allOf');
  if (parts.length > 0) {
    const objects = [...parts, { ...schema, allOf: [] }].map((part) => exampleOf(root, part, within)).filter(isObject);
    return Object.assign({}, ...objects) as JsonObject;
  }
  const choice = [...listAt(schema, 'oneOf'), ...listAt(schema, 'anyOf')].find((one) => isObject(one) && one['type'] !== 'null');
  if (choice !== undefined) return exampleOf(root, choice, within);

  const [type] = typesOf(schema).names;
  switch (type ?? ('properties' in schema ? 'object' : undefined)) {
    case 'object': return exampleObject(root, schema, within);
    case 'array': {
      const item = exampleOf(root, schema['items'], within);
      return item === nothing ? [] : [item];
    }
    case 'string': return textByFormat[textAt(schema, 'format') ?? ''] ?? 'string';
    case 'integer':
    case 'number': return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean': return true;
    case undefined:
    default: return nothing;
  }
}

function exampleObject(root: JsonObject, schema: JsonObject, within: readonly string[]): JsonObject {
  const members = Object.entries(objectAt(schema, 'properties'))
    .map(([name, member]) => [name, exampleOf(root, member, within)] as const)
    .filter(([, value]) => value !== nothing);
  if (members.length > 0) return Object.fromEntries(members);
  const other = exampleOf(root, schema['additionalProperties'], within);
  return other === nothing ? {} : { name: other };
}
