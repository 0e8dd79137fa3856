import { get } from '../../app/api';
import { needNumber, needText, objectAt, objectsAt } from '../../app/json';

export interface Funnel {
  readonly days: number;
  /** In their order: how many came as far or further. */
  readonly steps: readonly { readonly name: string; readonly sessions: number }[];
  readonly exits: readonly { readonly outcome: string; readonly lastStep: string; readonly sessions: number }[];
  readonly connections: ConnectionCount;
}

export interface ConnectionCount {
  readonly active: number;
  readonly paused: number;
  readonly expired: number;
  readonly revoked: number;
}

export async function getFunnel(appId: string): Promise<Funnel> {
  const data = await get(`/v1/apps/${appId}/funnel`);
  const connections = objectAt(data, 'connections');
  const count = (status: string) => needNumber(connections, status);
  return {
    days: needNumber(data, 'days'),
    steps: objectsAt(data, 'steps').map((step) => ({ name: needText(step, 'name'), sessions: needNumber(step, 'sessions') })),
    exits: objectsAt(data, 'exits').map((exit) => (
      { outcome: needText(exit, 'outcome'), lastStep: needText(exit, 'lastStep'), sessions: needNumber(exit, 'sessions') }
    )),
    connections: { active: count('active'), paused: count('paused'), expired: count('expired'), revoked: count('revoked') },
  };
}

/** In hundredths. */
export const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole * 100);

const steps: Readonly<Record<string, string>> = {
  created: 'Asked', opened: 'Opened the window', authenticated: 'Signed in', key_ready: 'Had a key that fits', consent_shown: 'Saw what is asked',
  approved: 'Approved', exchanged: 'Connected',
};

/** A server newer than this page may know more. */
export const stepWords = (name: string): string => steps[name] ?? name;

const leftAfter: Readonly<Record<string, string>> = {
  opened: 'opened the window and did not sign in', authenticated: 'signed in and had no key that fits',
  key_ready: 'had a key and went before they saw what is asked',
  consent_shown: 'saw what is asked and did not decide',
};

export function exitWords(outcome: string, lastStep: string): string {
  if (outcome === 'denied') return 'said no';
  if (outcome === 'expired') return lastStep === 'approved' ? 'approved, and your server did not exchange in time' : 'never opened the window';
  return leftAfter[lastStep] ?? `left after: ${stepWords(lastStep)}`;
}
