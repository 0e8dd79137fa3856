import { describe, expect, test } from 'vitest';
import { exampleJson } from '../../src/pages/api/example';
import { describeSchema, type SchemaNode } from '../../src/pages/api/schema';

const root = {
  components: {
    schemas: {
      Tree: { type: 'object', properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } } },
      Circle: { $ref: '#/components/schemas/Circle' },
      Budget: {
        type: 'object',
        required: ['limitCents'],
        description: 'A limit.',
        properties: {
          limitCents: { type: ['integer', 'string'], format: 'int64', pattern: '^-?\\d+$', minimum: 1 },
          period: { $ref: '#/components/schemas/Period', description: 'How often it starts again.' },
        },
      },
      Period: { type: 'string', enum: ['daily', 'monthly'], default: 'monthly' },
      'odd/name': { type: 'boolean' },
    },
  },
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('A schema in words', () => {
  test('says type, format, limits and choices', () => {
    expect(line({ type: 'string', format: 'date-time' })).toBe('string (date-time)');
    expect(line({ type: 'string', maxLength: 80, default: '' })).toBe('string · at most 80 characters · default ');
    expect(line({ type: ['null', 'integer'], minimum: 1 })).toBe('integer or null · at least 1');
    expect(line(ref('Period'))).toBe('string · one of: daily, monthly · default monthly');
    expect(line({ const: true, type: 'boolean' })).toBe('boolean · always true');
    expect(line({})).toBe('anything');
  });

  test('follows references, keeps the name of an object, and prefers the description of the place', () => {
    const node = describeSchema(root, ref('Budget'));
    expect(node).toMatchObject({ type: 'Budget', description: 'A limit.' });
    expect(node.fields.map((field) => [field.name, field.required, field.type])).toEqual([
      ['limitCents', true, 'integer (int64)'],
      ['period', false, 'string'],
    ]);
    expect(node.fields[1]?.description).toBe('How often it starts again.');
    expect(line(ref('odd~1name'))).toBe('boolean');
  });

  test('stops where a schema contains itself', () => {
    const children = describeSchema(root, ref('Tree')).fields[1];
    expect(children).toMatchObject({ name: 'children', type: 'list of Tree, as above', fields: [] });
  });

  test('survives references that lead nowhere, round in circles or out of the document', () => {
    expect(line(ref('Circle'))).toBe('Circle');
    expect(line(ref('Missing'))).toBe('Missing');
    expect(line({ $ref: 'https://elsewhere.example/schema.json' })).toBe('schema.json');
    expect(line(ref('__proto__'))).toBe('__proto__');
  });

  test('stops in a schema nested deeper than anyone reads', () => {
    let deep: object = { type: 'string' };
    for (let level = 0; level < 40; level++) deep = { type: 'object', properties: { inner: deep } };
    expect(JSON.stringify(describeSchema(root, deep))).toContain('nested further');
  });

  test('reads "this or null" as one type, and several shapes as a choice', () => {
    expect(line({ oneOf: [{ type: 'null' }, ref('Budget')] })).toBe('Budget or null');
    const choice = describeSchema(root, { anyOf: [ref('Budget'), ref('Tree')] });
    expect(choice.type).toBe('Budget or Tree');
    expect(choice.variants.map((variant) => variant.fields.length)).toEqual([2, 2]);
  });

  test('shows the members of everything mixed in', () => {
    const node = describeSchema(root, { allOf: [ref('Budget'), { type: 'object', properties: { extra: { type: 'number' } } }] });
    expect(node.fields.map((field) => field.name)).toEqual(['limitCents', 'period', 'extra']);
  });

  test('reads a map as names with values', () => {
    expect(line({ type: 'object', additionalProperties: { type: 'string' } })).toBe('object of name to string');
  });
});

describe('An example made from a schema', () => {
  test('has a value of the right kind for every member', () => {
    expect(example(ref('Budget'))).toEqual({ limitCents: 1, period: 'monthly' });
    expect(example({ type: 'object', properties: { at: { type: 'string', format: 'date-time' }, ok: { type: 'boolean' } } }))
      .toEqual({ at: '2026-01-31T12:00:00Z', ok: true });
  });

  test('prefers what the schema gives as an example', () => {
    expect(example({ type: 'string', examples: ['openai'] })).toBe('openai');
  });

  test('ends where a schema contains itself', () => {
    expect(example(ref('Tree'))).toEqual({ name: 'string', children: [] });
    expect(exampleJson(root, ref('Circle'))).toBeUndefined();
  });

  test('joins what is mixed in and takes the first real choice', () => {
    expect(example({ allOf: [ref('Budget'), { type: 'object', properties: { extra: { type: 'number' } } }] }))
      .toEqual({ limitCents: 1, period: 'monthly', extra: 0 });
    expect(example({ oneOf: [{ type: 'null' }, ref('Period')] })).toBe('monthly');
  });

  test('is absent where nothing is known', () => {
    expect(exampleJson(root, undefined)).toBeUndefined();
    expect(exampleJson(root, {})).toBeUndefined();
  });
});

function line(schema: unknown): string {
  const node: SchemaNode = describeSchema(root, schema);
  return [node.type, ...node.constraints].join(' · ');
}

function example(schema: unknown): unknown {
  return JSON.parse(exampleJson(root, schema) ?? 'null');
}
