import { get, patch, post, remove } from '../../app/api';
import { needText, objectAt, objectsAt, textAt, textsAt } from '../../app/json';
import { Trouble } from '../../app/trouble';
import { readBudget, type Budget, type BudgetWire } from '../../budgets/budget';

/** An app that the person let call with some of their keys. */
export interface Connection {
  readonly id: string;
  readonly app: string;
  /** Proved to be the app's own. */
  readonly domain: string | undefined;
  readonly test: boolean;
  readonly status: string;
  readonly keyIds: readonly string[];
  /** None: every one. */
  readonly models: readonly string[];
  readonly budget: Budget | undefined;
  readonly createdAt: string;
  readonly lastUsedAt: string | undefined;
  readonly expiresAt: string | undefined;
}

export async function listConnections(): Promise<readonly Connection[]> {
  return objectsAt(await get('/v1/connections'), 'items').map((row) => {
    const app = objectAt(row, 'app');
    const domain = objectAt(app, 'domain');
    return {
      id: needText(row, 'id'), app: needText(app, 'name'), domain: textAt(domain, 'verifiedAt') === undefined ? undefined : textAt(domain, 'name'),
      test: textAt(app, 'mode') === 'test', status: needText(row, 'status'), keyIds: textsAt(row, 'keyIds'), models: textsAt(row, 'models'),
      budget: readBudget(row), createdAt: needText(row, 'createdAt'), lastUsedAt: textAt(row, 'lastUsedAt'), expiresAt: textAt(row, 'expiresAt'),
    };
  });
}

export async function limitConnection(id: string, budget: BudgetWire | null): Promise<void> {
  if (budget === null) throw new Trouble('needs_limit', 'A connection always has a limit. To give the app nothing, pause it or end it.');
  await patch(`/v1/connections/${id}`, { budget });
}

export async function pauseConnection(id: string): Promise<void> {
  await post(`/v1/connections/${id}/pause`);
}

export async function resumeConnection(id: string): Promise<void> {
  await post(`/v1/connections/${id}/resume`);
}

export async function endConnection(id: string): Promise<void> {
  await remove(`/v1/connections/${id}`);
}
