import { isObject, listAt, objectAt, textAt, type JsonObject } from '../../app/json';
import { nameOf, referenceOf, resolve } from './refs';
import { constraintsOf } from './constraints';

/** A schema as it is shown: one line that says what the value is, and what is inside it. */
export interface SchemaNode {
  /** "string (uuid)", "list of Grant", "Grant or null". */
  readonly type: string;
  readonly description: string | undefined;
  /** "one of: a, b", "at most 200": what is asked beyond the type. */
  readonly constraints: readonly string[];
  readonly fields: readonly SchemaField[];
  /** Two or more shapes of which the value has one. */
  readonly variants: readonly SchemaNode[];
}

export interface SchemaField extends SchemaNode {
  readonly name: string;
  readonly required: boolean;
}

interface Place {
  readonly root: JsonObject;
  /** References being described right now, outermost first: meeting one again means the schema contains itself. */
  readonly within: readonly string[];
}

/** Deeper than anyone reads, and a bound for schemas that nest without a `$ref`. */
const deepest = 10;

export function describeSchema(root: JsonObject, schema: unknown): SchemaNode {
  return describe(schema, { root, within: [] });
}

function describe(schema: unknown, place: Place): SchemaNode {
  // `true` and `{}` allow anything; `false` allows nothing, which only generators write.
  if (!isObject(schema)) return leaf(schema === false ? 'nothing' : 'anything');
  const reference = referenceOf(schema);
  if (reference === undefined) return describeInline(schema, { ...place, within: [...place.within, ''] });

  const name = nameOf(reference);
  // A description beside the $ref is about this use of the schema and wins over the schema's own.
  const own = textAt(schema, 'description');
  if (place.within.includes(reference)) return { ...leaf(`${name}, as above`), description: own };
  const target = resolve(place.root, schema);
  if (target === undefined) return { ...leaf(name), description: own };
  const inside = describeInline(target, { ...place, within: [...place.within, reference] });
  return { ...inside, type: named(name, inside), description: own ?? inside.description };
}

function describeInline(schema: JsonObject, place: Place): SchemaNode {
  const plain = { description: textAt(schema, 'description'), constraints: constraintsOf(schema), fields: [], variants: [] };
  if (place.within.length > deepest) return { ...plain, type: 'nested further' };

  const choices = [...listAt(schema, 'oneOf'), ...listAt(schema, 'anyOf')];
  if (choices.length > 0) return describeChoice(choices, plain, place);
  const parts = listAt(schema, 'allOf');
  if (parts.length > 0) return describeAllOf(schema, parts, plain, place);

  const { names, nullable } = typesOf(schema);
  if (names.includes('array')) {
    const item = describe(schema['items'], place);
    const constraints = [...plain.constraints, ...item.constraints];
    return { ...plain, type: orNull(`list of ${item.type}`, nullable), constraints, fields: item.fields, variants: item.variants };
  }
  if (names.includes('object') || 'properties' in schema) {
    return { ...plain, type: orNull(isMap(schema) ? mapType(schema, place) : 'object', nullable), fields: fieldsOf(schema, place) };
  }
  const format = textAt(schema, 'format');
  const type = names.length === 0 ? 'anything' : names.join(' or ') + (format === undefined ? '' : ` (${format})`);
  return { ...plain, type: orNull(type, nullable) };
}

type Plain = Omit<SchemaNode, 'type'>;

function describeChoice(choices: readonly unknown[], plain: Plain, place: Place): SchemaNode {
  const real = choices.filter((choice) => !(isObject(choice) && choice['type'] === 'null'));
  const nullable = real.length < choices.length;
  const nodes = real.map((choice) => describe(choice, place));
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) {
    return { ...only, type: orNull(only.type, nullable), description: plain.description ?? only.description };
  }
  const variants = nodes.some((node) => node.fields.length > 0) ? nodes : [];
  return { ...plain, type: orNull(nodes.map((node) => node.type).join(' or '), nullable), variants };
}

/** What inherits or mixes in: the reader wants the members, not where each came from. */
function describeAllOf(schema: JsonObject, parts: readonly unknown[], plain: Plain, place: Place): SchemaNode {
  const nodes = parts.map((part) => describe(part, place));
  const [only] = nodes;
  return {
    type: nodes.length === 1 && only !== undefined ? only.type : 'object',
    description: plain.description ?? nodes.map((node) => node.description).find((text) => text !== undefined),
    constraints: [...plain.constraints, ...nodes.flatMap((node) => node.constraints)],
    fields: [...nodes.flatMap((node) => node.fields), ...fieldsOf(schema, place)],
    variants: nodes.flatMap((node) => node.variants),
  };
}

function fieldsOf(schema: JsonObject, place: Place): SchemaField[] {
  const required = listAt(schema, 'required');
  return Object.entries(objectAt(schema, 'properties'))
    .map(([name, member]) => ({ name, required: required.includes(name), ...describe(member, place) }));
}

function isMap(schema: JsonObject): boolean {
  return isObject(schema['additionalProperties']) && Object.keys(objectAt(schema, 'properties')).length === 0;
}

function mapType(schema: JsonObject, place: Place): string {
  return `object of name to ${describe(schema['additionalProperties'], place).type}`;
}

export function typesOf(schema: JsonObject): { readonly names: readonly string[]; readonly nullable: boolean } {
  const stated = typeof schema['type'] === 'string' ? [schema['type']] : listAt(schema, 'type').filter((name) => typeof name === 'string');
  const names = stated.filter((name) => name !== 'null');
  // .NET also accepts a number written as a string and says so; the number is what one should send.
  const numeric = names.some((name) => name === 'integer' || name === 'number') && 'pattern' in schema;
  return { names: numeric ? names.filter((name) => name !== 'string') : names, nullable: stated.includes('null') };
}

function leaf(type: string): SchemaNode {
  return { type, description: undefined, constraints: [], fields: [], variants: [] };
}

/** A named object is known by its name; a named string is still a string to the person who must send it. */
function named(name: string, node: SchemaNode): string {
  return node.type === 'object' ? name : node.type === 'object or null' ? `${name} or null` : node.type;
}

function orNull(type: string, nullable: boolean): string {
  return nullable ? `${type} or null` : type;
}
