import type { KeyItemWire } from '@keypass/vault-client';
import { get, post, remove } from '../../app/api';
import { flagAt, needText, objectsAt, textAt, textsAt } from '../../app/json';
import { isManaged } from '../../app/session';
import { makeGrant } from '../keys/grants-api';

export type Scope = 'read' | 'deposit' | 'delegate' | 'manage';

export const scopes: readonly { readonly value: Scope; readonly label: string; readonly hint: string }[] = [
  {
    value: 'deposit', label: 'Put keys in',
    hint: 'Provider keys go in and never come out. Each waits for your click, unless the token may also hand keys on.',
  },
  { value: 'read', label: 'See what there is', hint: 'Names, vendors, dates. Never a key, nor an envelope of one.' },
  { value: 'delegate', label: 'Hand keys on', hint: 'Use the keys you tick below, test them, and make narrower tokens with them. You confirm what it made.' },
  { value: 'manage', label: 'Rename and delete', hint: 'Keys and tokens. What is deleted is gone.' },
];

export const labelOf = (scope: string): string => scopes.find(({ value }) => value === scope)?.label ?? scope;

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly keyIds: readonly string[];
  readonly revoked: boolean;
  /** The id of the token that made it; undefined where it was you. */
  readonly madeBy: string | undefined;
  readonly approved: boolean;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly lastUsedAt: string | undefined;
}

export async function listTokens(): Promise<readonly TokenRow[]> {
  return objectsAt(await get('/v1/tokens'), 'items').map((row) => ({
    id: needText(row, 'id'), name: needText(row, 'name'), scopes: textsAt(row, 'scopes'), keyIds: textsAt(row, 'keyIds'),
    revoked: textAt(row, 'status') === 'revoked', madeBy: textAt(row, 'madeBy') === 'account' ? undefined : textAt(row, 'madeBy'),
    approved: flagAt(row, 'approved'), createdAt: needText(row, 'createdAt'), expiresAt: textAt(row, 'expiresAt'), lastUsedAt: textAt(row, 'lastUsedAt'),
  })).reverse();
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly items: readonly KeyItemWire[];
  readonly expiresAt: string | undefined;
}

/** Of a managed vault the server makes it. */
export async function createToken({ name, scopes: chosen, items, expiresAt }: NewToken): Promise<string> {
  const wished = { label: name, scopes: chosen, ...(expiresAt !== undefined && { expiresAt }) };
  if (isManaged()) return needText(await post('/v1/tokens', { ...wished, keyIds: items.map(({ id }) => id) }), 'managementToken');
  const { credential, body } = await makeGrant(name, 'kp_pat_', items);
  await post('/v1/tokens', { ...body, ...wished });
  return credential;
}

export async function revokeToken(id: string): Promise<void> {
  await remove(`/v1/tokens/${id}`);
}

/** What goes with it: what it made, and what that made, as far as you have not confirmed it. */
export function fallsWith(rows: readonly TokenRow[], id: string): readonly TokenRow[] {
  const made = rows.filter((row) => row.madeBy === id && !row.approved && !row.revoked);
  return [...made, ...made.flatMap((row) => fallsWith(rows, row.id))];
}
