import { listApprovals, type Approval } from '../approvals/approvals-api';
import { listGrants, type VouchedGrant } from './grants-api';
import { listKeys, type KeyRow } from './keys-api';
import { listProviders, type Provider } from './providers';

/** Everything the page of keys shows. */
export interface KeysShown {
  readonly rows: readonly KeyRow[];
  readonly providers: readonly Provider[];
  readonly waiting: number;
  /** By key: the names of grants that hold it in an older version. */
  readonly behind: ReadonlyMap<string, readonly string[]>;
  /** What a grant is called. */
  readonly grantNames: ReadonlyMap<string, string>;
}

export async function readKeysShown(): Promise<KeysShown> {
  const [rows, providers, grants, approvals] = await Promise.all([listKeys(), listProviders(), listGrants(), listApprovals()]);
  const holders = [...grants, ...approvals.flatMap(asHolder)];
  return {
    rows, providers, waiting: approvals.length,
    behind: new Map(rows.map((row) => [row.id, behindOf(row, holders)])),
    grantNames: new Map(holders.map(({ grantId, label }) => [grantId, label])),
  };
}

type Holder = Pick<VouchedGrant, 'grantId' | 'label' | 'held'>;

/** A grant that waits for its owner works meanwhile. */
function asHolder(approval: Approval): Holder[] {
  return approval.kind === 'grant' ? [{ grantId: approval.id, label: approval.request.label, held: approval.held }] : [];
}

function behindOf(row: KeyRow, holders: readonly Holder[]): readonly string[] {
  return holders.filter(({ held }) => held.some(({ keyId, version }) => keyId === row.id && version < row.version)).map(({ label }) => `“${label}”`);
}
