import { osRandom, type Bytes, type Random } from './bytes';
import { fromHex, toHex } from './spelling';
import { refuse } from './refusal';

/** 32 lower-case hex digits in JSON, 16 raw bytes in what is authenticated. */
export type Id = string;

const idText = /^[0-9a-f]{32}$/;

/** Random, in the form of a version 4 UUID, so that a database column of that type takes it as it is. */
export function newId(random: Random = osRandom): Id {
  const bytes = random(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes);
}

export function idBytes(id: Id): Bytes {
  if (!idText.test(id)) refuse('malformed', 'An id is 32 lower-case hex digits.');
  return fromHex(id);
}
