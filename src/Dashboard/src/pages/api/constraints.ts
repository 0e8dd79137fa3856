import { listAt, textAt, type JsonObject } from '../../app/json';

const limits: readonly (readonly [member: string, words: string, unit: string])[] = [
  ['minimum', 'at least', ''],
  ['maximum', 'at most', ''],
  ['exclusiveMinimum', 'more than', ''],
  ['exclusiveMaximum', 'less than', ''],
  ['minLength', 'at least', ' characters'],
  ['maxLength', 'at most', ' characters'],
  ['minItems', 'at least', ' items'],
  ['maxItems', 'at most', ' items'],
];

/** What a schema asks of a value beyond its type, in words. */
export function constraintsOf(schema: JsonObject): string[] {
  const choices = listAt(schema, 'enum').map(asText);
  return [
    ...(choices.length > 0 ? [`one of: ${choices.join(', ')}`] : []),
    ...('const' in schema ? [`always ${asText(schema['const'])}`] : []),
    ...limits.flatMap(([member, words, unit]) => (typeof schema[member] === 'number' ? [`${words} ${schema[member]}${unit}`] : [])),
    ...(textAt(schema, 'type') === 'string' && textAt(schema, 'pattern') !== undefined ? [`matches ${textAt(schema, 'pattern') ?? ''}`] : []),
    ...('default' in schema ? [`default ${asText(schema['default'])}`] : []),
    ...(schema['readOnly'] === true ? ['only in answers'] : []),
    ...(schema['writeOnly'] === true ? ['never in answers'] : []),
  ];
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
