import type { Budget } from '../../budgets/budget';
import type { Reader } from '../../budgets/window';
import { connectionIn } from '../../receipts/callers';
import { slotOf } from '../../receipts/range';
import type { Receipt } from '../logs/logs-api';
import type { Sum, Usage } from '../usage/usage-api';
import { mostCalls, type Home } from './home-api';

/** The page once one more call has ended: added here, so that the server need not sum a month up again for each. */
export function withCall(home: Home, call: Receipt, reader: Reader): Home {
  if (home.newest.some(({ requestId }) => requestId === call.requestId)) return home;
  const { cost = 0n, test } = call;
  const payers = [call.virtualKeyId, call.providerKeyId, connectionIn(call.tags)];
  return {
    ...home,
    newest: [call, ...home.newest].slice(0, mostCalls),
    limited: home.limited.map((one) => (payers.includes(one.id) ? { ...one, budget: spend(one.budget, cost) } : one)),
    // What the sandbox says is no money of the account's.
    ...(!test && { month: add(home.month, call, reader), budget: home.budget && spend(home.budget, cost) }),
  };
}

function spend(budget: Budget, cost: bigint): Budget {
  const { spent, remaining } = budget;
  return { ...budget, spent: spent + cost, remaining: remaining > cost ? remaining - cost : 0n };
}

function add(usage: Usage, call: Receipt, { timeZone }: Reader): Usage {
  const { total, unpriced, groups, cells, slots } = usage;
  const group = call.servedModel ?? call.model ?? '';
  const slot = slotOf(Date.parse(call.at), slots[0]?.includes('T') ? 'hour' : 'day', timeZone);
  const cost = call.cost ?? 0n;
  const before = groups.find((sum) => sum.group === group) ?? { group, label: group, requests: 0, errors: 0, input: 0, output: 0, cost: 0n };
  const cell = cells.find((one) => one.slot === slot && one.group === group) ?? { slot, group, cost: 0n };
  return {
    ...usage, total: plus(total, call), unpriced: unpriced + (call.exactness === 'unpriced' ? 1 : 0),
    groups: [...groups.filter((sum) => sum.group !== group), plus(before, call)].sort((one, other) => Number(other.cost - one.cost)),
    cells: [...cells.filter((one) => one.slot !== slot || one.group !== group), { ...cell, cost: cell.cost + cost }],
  };
}

const plus = (sum: Sum, { status, input, output, cost = 0n }: Receipt): Sum => ({
  ...sum, requests: sum.requests + 1, errors: sum.errors + (status >= 400 ? 1 : 0),
  input: sum.input + input, output: sum.output + output, cost: sum.cost + cost,
});
