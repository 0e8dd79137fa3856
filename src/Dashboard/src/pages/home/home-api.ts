import { get } from '../../app/api';
import { needText, numberAt, objectsAt, textAt } from '../../app/json';
import { searchOf } from '../../app/useQuery';
import { readBudget, type Budget } from '../../budgets/budget';
import type { Reader } from '../../budgets/window';
import { spanOf } from '../../receipts/range';
import { listConnections } from '../connections/connections-api';
import { isInVault, listKeys } from '../keys/keys-api';
import { listNewest, type Receipt } from '../logs/logs-api';
import { readUsage, type Usage } from '../usage/usage-api';
import { calledBy, readVirtualKey, virtualKeysPath } from '../virtual-keys/virtual-keys-api';
import type { Has } from './steps';

/** Somebody should look at it. */
export interface Attention {
  readonly message: string;
  readonly at: string;
  /** It stopped working already. */
  readonly wrong: boolean;
  readonly endsAt: string | undefined;
  readonly href: string;
  readonly action: string;
}

export interface Limited {
  /** Of whose budget it is. */
  readonly id: string;
  readonly name: string;
  readonly href: string;
  readonly budget: Budget;
}

export interface Home {
  readonly month: Usage;
  /** Of everything together; undefined where there is no such limit. */
  readonly budget: Budget | undefined;
  readonly attention: readonly Attention[];
  /** Of what has a limit of its own, what is nearest to it. */
  readonly limited: readonly Limited[];
  readonly newest: readonly Receipt[];
  readonly has: Omit<Has, 'calls'>;
  /** Of what the newest virtual key can call with. */
  readonly example: { readonly providers: readonly string[]; readonly models: readonly string[] };
}

export const mostCalls = 8;
const mostLimited = 6;
/** The newest one is the example's; the others say only whether there are any, and for trying. */
const fewVirtualKeys = 10;

/** All at once: of what the page shows nothing waits for another part. */
export async function readHome(reader: Reader): Promise<Home> {
  const span = spanOf('month', {}, reader);
  if (span === undefined) throw new Error('a month has days');
  const [month, attention, account, held, virtualKeys, limitedKeys, connections, newest] = await Promise.all([
    readUsage({ by: 'model', span, test: false }, reader), get('/v1/attention'), get('/v1/account'), listKeys(),
    get(`${virtualKeysPath}?limit=${fewVirtualKeys}`), get(`${virtualKeysPath}?sort=nearest&limit=${mostLimited}`), listConnections(), listNewest(mostCalls),
  ]);
  const made = objectsAt(virtualKeys, 'items').map(readVirtualKey);
  const apps = connections.filter(({ status }) => status === 'active' || status === 'paused');
  const last = made[0];
  return {
    month, newest, budget: readBudget(account),
    attention: objectsAt(attention, 'items').filter((item) => (numberAt(item, 'percent') ?? near) >= near).map(readAttention),
    limited: nearest([
      ...held.map(({ id, provider, label, budget }) => ({ id, name: label ?? provider, href: `/keys${searchOf({ row: id })}`, budget })),
      ...objectsAt(limitedKeys, 'items').map(readVirtualKey)
        .map(({ id, name, budget }) => ({ id, name, href: `/virtual-keys${searchOf({ q: name })}`, budget })),
      ...apps.map(({ id, app, budget }) => ({ id, name: app, href: `/connections/${id}`, budget })),
    ].flatMap(({ budget, ...one }) => (budget === undefined ? [] : [{ ...one, budget }]))),
    has: { usable: held.filter(isInVault).length, callers: made.length + apps.length, trying: made.some(({ test }) => test) },
    example: {
      providers: calledBy(last?.test ?? false, held.filter(({ id }) => last?.keyIds.includes(id))), models: last?.limits.models ?? [],
    },
  };
}

/** Of a budget, in hundredths: half of one is no reason to act. */
const near = 80;

function placeOf(about: string, id: string): { readonly href: string; readonly action: string } {
  switch (about) {
    case 'account': return { href: '/settings', action: 'Change the limit' };
    case 'virtual_key': return { href: '/virtual-keys', action: 'Change the limit' };
    case 'provider_key': return { href: `/keys${searchOf({ row: id })}`, action: 'Look at the key' };
    case 'approval': return { href: '/keys/approvals', action: 'Decide' };
    case 'connection': return { href: `/connections/${id}`, action: 'Look at it' };
    default: return { href: '/usage', action: 'Look at it' };
  }
}

function readAttention(item: Parameters<typeof needText>[0]): Attention {
  const [kind, about, id] = [needText(item, 'kind'), needText(item, 'about'), needText(item, 'id')];
  const percent = numberAt(item, 'percent');
  return {
    message: needText(item, 'message'), at: needText(item, 'at'), endsAt: textAt(item, 'endsAt'),
    wrong: percent === undefined ? kind === 'provider_key' : percent >= 100,
    ...placeOf(about, id),
  };
}

/** By how much of it is gone, in thousandths: money is no fraction. */
export function nearest(limits: readonly Limited[]): readonly Limited[] {
  const gone = ({ budget: { spent, limit } }: Limited) => (limit === 0n ? 1000n : spent * 1000n / limit);
  return [...limits].sort((one, other) => Number(gone(other) - gone(one))).slice(0, mostLimited);
}
