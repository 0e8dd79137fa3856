import { readModels, readOutlook, readOwnKey } from './check-api';
import type { Checked } from './outcome';
import { kinds, type Listed, type Surface } from './kinds';

const surfaces: readonly Surface[] = ['openai', 'anthropic', 'gemini'];

/** Whatever can be known of a virtual key without a call that costs something. */
export async function check(bearer: string): Promise<Checked & { readonly listed: Readonly<Record<Surface, readonly Listed[]>> }> {
  const none = { openai: [], anthropic: [], gemini: [] };
  const own = await readOwnKey(bearer);
  if ('no' in own) return { own, models: [], outlooks: [], listed: none };
  const lists = await Promise.all(surfaces.map(async (surface) => {
    const list = await readModels(bearer, surface);
    return [surface, 'yes' in list ? list.yes : []] as const;
  }));
  const listed = { ...none, ...Object.fromEntries(lists) };
  const outlooks = await Promise.all(kinds.map((kind) => readOutlook(bearer, kind, listed[kind.surface])));
  const models = [...new Map(lists.flatMap(([, list]) => list).map((model) => [model.id, model])).values()];
  return { own, models, outlooks, listed };
}
