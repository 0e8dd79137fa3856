import { create } from './create.js';

export const KeyPass = { create };
export type { CreateOptions, LinkError, LinkHandler, LinkMetadata, LinkResult } from './options.js';
