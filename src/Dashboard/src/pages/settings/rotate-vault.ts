import type { AnswerOf, GrantWire, KeyItemWire } from '@keypass/vault-client';
import { get, post } from '../../app/api';
import type { Proven } from '../../app/entrance';
import { needNumber, needText, objectsAt, textAt, type JsonObject } from '../../app/json';
import { arriveAs } from '../../app/session';
import { Trouble, troubleOf } from '../../app/trouble';
import { askVault, lockState, theVault } from '../../app/vault';
import type { NewCode } from './settings-api';

type RotationBody = AnswerOf<'rotateVaultKey'>['body'];

export interface MadeRotation extends NewCode {
  /** How much did not open under the present key. It was not put there by this vault, or was altered, and is left behind. */
  readonly leftBehind: number;
}

/** Gives the server what was sealed anew; a failure means that it was not taken, or that nobody knows. */
export type SendRotation = (body: RotationBody) => Promise<unknown>;

const rotate = (currentAuthHash: string): SendRotation => (body) => post('/v1/vault/rotate', { ...body, currentAuthHash, session: 'cookie' });

/** F16. Everything is sealed anew in this browser; nothing changes before `settle`. */
export async function makeRotation({ proof, currentAuthHash, rows }: Proven, send = rotate(currentAuthHash)): Promise<MadeRotation> {
  const contents = await readContents();
  const { body, recoveryCode } = await askVault('rotateVaultKey', { proof, unlocks: rows.unlocks, account: rows.account, also: [], ...contents });
  return { recoveryCode, leftBehind: body.discarded.length, settle: () => settle(body, send) };
}

/** Everything that lies under the vault's key. */
export async function readContents() {
  // Its counter is read before the lists: what comes in after it is noticed.
  const vault = await get('/v1/vault');
  const [escrows, approvals] = await Promise.all([get('/v1/vault/escrows'), get('/v1/vault/approvals')]);
  const waiting = objectsAt(approvals, 'items');
  return {
    admins: [], pendingCounter: needNumber(vault, 'pendingCounter'),
    items: objectsAt(vault, 'items').filter((row) => textAt(row, 'kind') === 'key').map(readItem),
    deposits: waiting.filter((row) => textAt(row, 'kind') === 'deposit').map(readItem),
    grants: objectsAt(escrows, 'items').map((row) => readGrant(row, 'grantId')),
    escrowDeposits: waiting.filter((row) => textAt(row, 'kind') === 'grant').map((row) => readGrant(row, 'id')),
  };
}

export async function settle(body: RotationBody, send: SendRotation): Promise<void> {
  const failure = await send(body).then(() => undefined, troubleOf);
  const taken = failure === undefined || (failure.code === 'unanswered' && await isAtEpoch(body.epoch));
  // Locked meanwhile: then nothing waits to be settled, and the next unlock opens what the server has.
  await (await theVault()).ask('settleRotation', { accepted: taken }).then(() => { if (taken) lockState.write({ locked: false }); }, () => undefined);
  if (!taken) throw failure.code === 'version_conflict' ? overtaken : failure;
  await arriveAs();
}

const overtaken = new Trouble(
  'version_conflict', 'Something was added to the vault meanwhile, so nothing was changed. The code you just kept is not valid: begin again for another.',
);

async function isAtEpoch(epoch: number): Promise<boolean> {
  return get('/v1/vault').then((vault) => needNumber(vault, 'epoch') === epoch, () => false);
}

/** One that does not match its seal has no envelope: it does not open either, and is left behind like it. */
const envelopeOf = (row: JsonObject): string => textAt(row, 'envelope') ?? '';

function readItem(row: JsonObject): KeyItemWire {
  return {
    id: needText(row, 'id'), kind: 'key', provider: needText(row, 'provider'), origin: needText(row, 'origin'), version: needNumber(row, 'version'),
    envelope: envelopeOf(row),
  };
}

function readGrant(row: JsonObject, id: string): GrantWire {
  return { grantId: needText(row, id), label: textAt(row, 'label') ?? '', envelope: envelopeOf(row) };
}
