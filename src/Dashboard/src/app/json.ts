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

export function textsAt(parent: JsonObject, name: string): readonly string[] {
  return listAt(parent, name).filter((one) => typeof one === 'string');
}

export function numberAt(parent: JsonObject, name: string): number | undefined {
  const value = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(parent: JsonObject, name: string): boolean {
  return Object.hasOwn(parent, name) && parent[name] === true;
}

/** For members that our own server always sends: without one, what answered was not our server. */
export function needText(parent: JsonObject, name: string): string {
  return textAt(parent, name) ?? lacking(name);
}

export function needNumber(parent: JsonObject, name: string): number {
  return numberAt(parent, name) ?? lacking(name);
}

/** Money: exact up to nine million dollars; above, JSON's numbers are off by a nano-dollar, which no figure shows. */
export function nanoAt(parent: JsonObject, name: string): bigint | undefined {
  const nano = numberAt(parent, name);
  return nano === undefined ? undefined : BigInt(nano);
}

export function needNano(parent: JsonObject, name: string): bigint {
  return nanoAt(parent, name) ?? lacking(name);
}

export function objectsAt(parent: JsonObject, name: string): readonly JsonObject[] {
  return listAt(parent, name).filter(isObject);
}

function lacking(name: string): never {
  throw new TypeError(`The answer has no '${name}'.`);
}
