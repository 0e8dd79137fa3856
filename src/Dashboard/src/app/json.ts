/** JSON that came from outside is unknown until looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(parent: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return isObject(value) ? value : {};
}

export function textAt(parent: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function listAt(parent: JsonObject, name: string): readonly unknown[] {
  const value: unknown = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return Array.isArray(value) ? value : [];
}
