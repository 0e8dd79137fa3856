import { theAccount } from '../app/session';
import type { Reader } from './window';

/** Whoever is signed in, now. */
export const reader = (): Reader => ({ timeZone: theAccount()?.timeZone ?? 'UTC', now: Date.now() });
