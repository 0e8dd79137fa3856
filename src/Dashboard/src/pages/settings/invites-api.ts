import { get, post, remove } from '../../app/api';
import { flagAt, needText, textAt, type JsonObject } from '../../app/json';

export interface Invite {
  readonly id: string;
  /** Undefined where whoever has the link may use it. */
  readonly email: string | undefined;
  readonly status: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedAt: string | undefined;
}

export const readInvite = (row: JsonObject): Invite => ({
  id: needText(row, 'id'), email: textAt(row, 'email'), status: needText(row, 'status'), createdAt: needText(row, 'createdAt'),
  expiresAt: needText(row, 'expiresAt'), usedAt: textAt(row, 'usedAt'),
});

export interface Registration {
  /** `open`, `invite` or `closed`. */
  readonly mode: string;
  readonly mail: boolean;
}

export async function readRegistration(): Promise<Registration> {
  const data = await get('/v1/auth/registration');
  return { mode: textAt(data, 'mode') ?? 'open', mail: flagAt(data, 'mail') };
}

/** The code is behind the #: browsers send that part to nobody, so it stands in no log. */
export async function makeInvite(email: string, expiresAfterDays: number): Promise<string> {
  const made = await post('/v1/invites', { expiresAfterDays, ...(email !== '' && { email }) });
  return `${location.origin}/sign-up#${needText(made, 'code')}`;
}

export async function revokeInvite(id: string): Promise<void> {
  await remove(`/v1/invites/${id}`);
}
