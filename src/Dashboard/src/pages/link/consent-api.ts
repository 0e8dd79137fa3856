import { post, put } from '../../app/api';
import { flagAt, needNumber, needText, objectAt, objectsAt, textAt, textsAt, listAt, type JsonObject } from '../../app/json';
import { isManaged } from '../../app/session';
import { Trouble } from '../../app/trouble';
import { askVault } from '../../app/vault';
import { readBudget, type Budget } from '../../budgets/budget';
import { listGrants, makeGrant, type VouchedGrant } from '../keys/grants-api';
import type { KeyRow } from '../keys/keys-api';
import { sealForRelay } from './relay';

/** The one who asks, as far as anybody vouches for it. */
export interface AskingApp {
  readonly name: string;
  /** A picture in the answer itself. */
  readonly logo: string | undefined;
  readonly homepage: string | undefined;
  /** Proved to be the app's own. */
  readonly domain: string | undefined;
  readonly test: boolean;
}

export interface FittingKey {
  readonly id: string;
  readonly provider: string;
  readonly label: string | undefined;
  readonly budget: Budget | undefined;
}

/** What one call of 1,000 tokens in and 500 out costs. */
export interface EverydayCall {
  readonly provider: string;
  readonly model: string;
  readonly nanoUsd: number;
}

/** What holds now, where the app was connected before. */
export interface Present {
  readonly connectionId: string;
  readonly grantId: string;
  readonly keyIds: readonly string[];
  readonly models: readonly string[] | undefined;
  readonly budget: Budget | undefined;
  readonly until: string | undefined;
}

export interface Consent {
  readonly linkSessionId: string;
  /** Of what was approved here before and the app has not fetched. */
  readonly waitingGrantId: string | undefined;
  readonly version: number;
  readonly app: AskingApp;
  /** What the new grant is called in the vault. */
  readonly label: string;
  readonly providers: readonly string[];
  /** Undefined: any. */
  readonly models: readonly string[] | undefined;
  readonly budgetCents: number;
  readonly period: string;
  readonly reason: string | undefined;
  /** When it ends at the latest; undefined where the app asks for no end. */
  readonly until: string | undefined;
  readonly redirectUri: string | undefined;
  readonly isUpdate: boolean;
  readonly rows: readonly FittingKey[];
  readonly present: Present | undefined;
  /** Of everything that the account's keys pay for together. */
  readonly accountBudget: Budget | undefined;
  /** Of each model that is asked for, or of one for each provider; none where nobody knows a price. */
  readonly everydayCalls: readonly EverydayCall[];
}

export async function readConsent(linkToken: string): Promise<Consent> {
  const data = await post('/v1/link/consent', { linkToken });
  return {
    linkSessionId: needText(data, 'linkSessionId'), waitingGrantId: textAt(data, 'waitingGrantId'), version: needNumber(data, 'version'),
    app: readApp(objectAt(data, 'app')), label: needText(data, 'label'),
    providers: textsAt(data, 'requestedProviders'), models: modelsAt(data), budgetCents: needNumber(data, 'budgetSuggestionCents'),
    period: needText(data, 'period'), reason: textAt(data, 'reason'), until: textAt(data, 'connectionExpiresAt'), redirectUri: textAt(data, 'redirectUri'),
    isUpdate: flagAt(data, 'isUpdate'),
    rows: objectsAt(data, 'keys').map((row) => ({
      id: needText(row, 'id'), provider: needText(row, 'provider'), label: textAt(row, 'label'), budget: readBudget(row),
    })),
    present: readPresent(objectAt(data, 'connection')), accountBudget: readBudget(data, 'accountBudget'),
    everydayCalls: objectsAt(data, 'everydayCalls').map((one) => ({
      provider: needText(one, 'provider'), model: needText(one, 'model'), nanoUsd: needNumber(one, 'nanoUsd'),
    })),
  };
}

/** Undefined where the list is null: no limit. */
const modelsAt = (parent: JsonObject): readonly string[] | undefined => (listAt(parent, 'models').length === 0 ? undefined : textsAt(parent, 'models'));

function readApp(app: JsonObject): AskingApp {
  const domain = objectAt(app, 'domain');
  return {
    name: needText(app, 'name'), logo: textAt(app, 'logo'), homepage: textAt(app, 'homepage'),
    domain: textAt(domain, 'verifiedAt') === undefined ? undefined : textAt(domain, 'name'), test: textAt(app, 'mode') === 'test',
  };
}

function readPresent(row: JsonObject): Present | undefined {
  const connectionId = textAt(row, 'id');
  return connectionId === undefined ? undefined : {
    connectionId, grantId: needText(row, 'grantId'), keyIds: textsAt(row, 'keyIds'), models: modelsAt(row), budget: readBudget(row),
    until: textAt(row, 'expiresAt'),
  };
}

/** What the person agrees to. */
export interface Terms {
  readonly items: readonly KeyRow[];
  readonly models: readonly string[] | undefined;
  readonly budgetCents: number;
  readonly velocityCentsPerHour: number;
  readonly period: string;
  readonly until: string | undefined;
}

/** Leaves the public token for the app, whose server exchanges it; after a change there is none, as the access token stays. */
export async function approve(linkToken: string, consent: Consent, { items, models, until, ...money }: Terms): Promise<void> {
  const terms = {
    linkToken, version: consent.version, decision: 'approve', keyIds: items.map(({ id }) => id), ...money,
    ...(models !== undefined && { models }), ...(until !== undefined && { expiresAt: until }),
  };
  if (consent.isUpdate) {
    await post('/v1/link/authorize', { ...terms, ...await sealAdded(consent, items) });
    return;
  }
  const publicToken = isManaged()
    ? needText(await post('/v1/link/authorize', terms), 'publicToken')
    : await approveSealed(terms, consent.label, items);
  await leaveForRelay(linkToken, consent, publicToken);
}

/** What was approved and never came to the app: leaves another public token for the same grant. The one before opens nothing from then on. */
export async function resume(linkToken: string, consent: Consent): Promise<void> {
  const publicToken = isManaged() ? needText(await post('/v1/link/resume', { linkToken }), 'publicToken') : await resumeSealed(linkToken, consent);
  await leaveForRelay(linkToken, consent, publicToken);
}

async function resumeSealed(linkToken: string, { waitingGrantId }: Consent): Promise<string> {
  const { credential, row } = await askVault('remint', { grant: await vouchedFor(waitingGrantId), prefix: 'kp_pt_' });
  await post('/v1/link/resume', { linkToken, ...row });
  return credential;
}

/** Whatever opened this page, and wherever: who asked has the link token, and nobody else can open what is left. */
async function leaveForRelay(linkToken: string, { linkSessionId }: Consent, publicToken: string): Promise<void> {
  await put('/v1/link/relay', { linkToken, envelope: await sealForRelay(linkToken, linkSessionId, publicToken) });
}

/** F4: the grant is made in this browser, and the server first sees its public token when the app's own server exchanges it. */
async function approveSealed(terms: object, label: string, items: readonly KeyRow[]): Promise<string> {
  const { credential, body: { tokenHash, ...envelopes } } = await makeGrant(label, 'kp_pt_', items);
  await post('/v1/link/authorize', { ...terms, ...envelopes, publicTokenHash: tokenHash });
  return credential;
}

/** Keys that the connection does not hold yet, sealed for its grant. */
async function sealAdded({ present }: Consent, items: readonly KeyRow[]) {
  const added = items.map((item, priority) => ({ item, priority })).filter(({ item }) => present?.keyIds.includes(item.id) !== true);
  if (added.length === 0 || isManaged()) return {};
  const { sealedKeys } = await askVault('updateGrant', { grant: await vouchedFor(present?.grantId), items: added });
  return { sealedKeys };
}

async function vouchedFor(id: string | undefined): Promise<VouchedGrant> {
  const grant = (await listGrants()).find(({ grantId }) => grantId === id);
  if (grant === undefined || grant.envelope === '') throw new Trouble('altered', 'Your vault does not know this connection. End it, and connect the app anew.');
  return grant;
}

export async function deny(linkToken: string): Promise<void> {
  await post('/v1/link/authorize', { linkToken, decision: 'deny', exitReason: 'user_denied' });
}
