import { get } from '../../app/api';
import { needNano, needNumber, needText, objectAt, objectsAt, type JsonObject } from '../../app/json';

/** How this installation is, in numbers; nothing of anybody's. */
export interface Summary {
  readonly version: string;
  readonly database: string;
  readonly migration: string;
  readonly accounts: number;
  /** Of the last thirty days. */
  readonly newAccounts: number;
  readonly apps: number;
  readonly connections: number;
  readonly virtualKeys: number;
  readonly openInvites: number;
  readonly letters: number;
  readonly priceOverrides: number;
  readonly servers: number;
  readonly lostServers: number;
  readonly leases: number;
  readonly leased: bigint;
  readonly unaccounted: bigint;
  /** Of the server that answered. */
  readonly openCalls: number;
  readonly boundViolations: number;
  readonly ring: readonly Epoch[];
}

export interface Epoch {
  readonly epoch: number;
  readonly state: string;
  readonly createdAt: string;
  readonly servers: number;
}

export async function readSummary(): Promise<Summary> {
  return summaryOf(await get('/v1/operator/summary'));
}

export function summaryOf(data: JsonObject): Summary {
  const [counts, ledger, own] = [objectAt(data, 'counts'), objectAt(data, 'ledger'), objectAt(data, 'thisServer')];
  return {
    version: needText(data, 'version'), database: needText(data, 'database'), migration: needText(data, 'migration'),
    accounts: needNumber(counts, 'accounts'), newAccounts: needNumber(counts, 'newAccounts'), apps: needNumber(counts, 'apps'),
    connections: needNumber(counts, 'connections'), virtualKeys: needNumber(counts, 'virtualKeys'), openInvites: needNumber(counts, 'openInvites'),
    letters: needNumber(counts, 'letters'), priceOverrides: needNumber(counts, 'priceOverrides'),
    servers: needNumber(ledger, 'servers'), lostServers: needNumber(ledger, 'lostServers'), leases: needNumber(ledger, 'leases'),
    leased: needNano(ledger, 'leasedNanoUsd'), unaccounted: needNano(ledger, 'unaccountedNanoUsd'),
    openCalls: needNumber(own, 'openCalls'), boundViolations: needNumber(own, 'boundViolations'),
    ring: objectsAt(data, 'ring').map((row) => ({
      epoch: needNumber(row, 'epoch'), state: needText(row, 'state'), createdAt: needText(row, 'createdAt'), servers: needNumber(row, 'servers'),
    })),
  };
}
