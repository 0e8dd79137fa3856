import { isObject, type JsonObject } from '../../app/json';

/** A chain of references longer than this points at itself. */
const mostHops = 16;

/** The object meant by `value`: itself, or what its `$ref` leads to in the same document. Other documents are never fetched. */
export function resolve(root: JsonObject, value: unknown): JsonObject | undefined {
  let at = value;
  for (let hop = 0; hop < mostHops; hop++) {
    if (!isObject(at)) return undefined;
    const reference = referenceOf(at);
    if (reference === undefined) return at;
    at = lookUp(root, reference);
  }
  return undefined;
}

export function referenceOf(value: JsonObject): string | undefined {
  return typeof value['$ref'] === 'string' ? value['$ref'] : undefined;
}

/** The last step of a reference: the name its author gave the schema. */
export function nameOf(reference: string): string {
  return decodeStep(reference.slice(reference.lastIndexOf('/') + 1));
}

/** RFC 6901 in a URI fragment: `#/components/schemas/a~1b`. */
function lookUp(root: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(2).split('/').map(decodeStep)) {
    if (Array.isArray(at)) at = at[Number(step)];
    else if (isObject(at) && Object.hasOwn(at, step)) at = at[step];
    else return undefined;
  }
  return at;
}

function decodeStep(step: string): string {
  const unescaped = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(unescaped);
  } catch {
    return unescaped;
  }
}
