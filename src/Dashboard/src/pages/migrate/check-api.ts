import { ask, type Answer, type Asked } from '../../app/ask';
import { flagAt, isObject, needNano, needText, numberAt, objectAt, objectsAt, textAt, textsAt, type JsonObject } from '../../app/json';
import { unanswered } from '../../app/api';
import { modelsFor, pathFor, type Kind, type Listed, type Surface } from './kinds';

// What the server says to a virtual key itself: asked as a program would ask, without the session of whoever looks at this page.

/** A no of this server's, or of whoever stands before it. */
export interface No {
  readonly status: number;
  readonly code: string;
  readonly words: string;
}

export type Heard<Yes> = { readonly yes: Yes } | { readonly no: No };

export interface OwnBudget {
  readonly of: string;
  readonly velocity: boolean;
  readonly provider: string | undefined;
  readonly limit: bigint;
  readonly remaining: bigint;
  readonly resetsAt: string | undefined;
}

/** What the key may do, as it may know it. */
export interface OwnKey {
  readonly test: boolean;
  readonly providers: readonly string[];
  /** With stars; none is every one. */
  readonly models: readonly string[];
  readonly routes: readonly string[];
  readonly expiresAt: string | undefined;
  readonly budgets: readonly OwnBudget[];
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  readonly concurrent: number | undefined;
}

export interface Quote {
  readonly provider: string;
  readonly bound: bigint;
  readonly affordable: boolean;
  readonly tightest: OwnBudget | undefined;
}

/** What one kind of call would come to, with one model. */
export interface Outlook {
  readonly kind: Kind;
  readonly model: Listed;
  /** Those it could be made with. */
  readonly models: readonly Listed[];
  readonly quote: Heard<Quote>;
}

export async function readOwnKey(bearer: string): Promise<Heard<OwnKey>> {
  return heard(await ask('/v1/key', { method: 'GET', bearer }), { method: 'GET' }, (body) => {
    const data = objectAt(body, 'data');
    const rates = objectAt(data, 'rateLimits');
    return {
      test: needText(data, 'mode') === 'test', providers: textsAt(data, 'providerKeys'), models: textsAt(data, 'models'), routes: textsAt(data, 'routes'),
      expiresAt: textAt(data, 'expiresAt'), budgets: objectsAt(data, 'budgets').map(readOwnBudget),
      requestsPerMinute: numberAt(rates, 'requestsPerMinute'), tokensPerMinute: numberAt(rates, 'tokensPerMinute'), concurrent: numberAt(rates, 'concurrent'),
    };
  });
}

const readOwnBudget = (row: JsonObject): OwnBudget => ({
  of: needText(row, 'of'), velocity: textAt(row, 'kind') === 'velocity', provider: textAt(row, 'provider'), limit: needNano(row, 'limitNanoUsd'),
  remaining: needNano(row, 'remainingNanoUsd'), resetsAt: textAt(row, 'resetsAt'),
});

/** What the SDKs of a surface list; of Anthropic's they are known by their header. */
export async function readModels(bearer: string, surface: Surface): Promise<Heard<readonly Listed[]>> {
  const asked = { method: 'GET', bearer, ...(surface === 'anthropic' && { headers: { 'anthropic-version': '2023-06-01' } }) } as const;
  return heard(await ask(surface === 'gemini' ? '/v1beta/models' : '/v1/models', asked), asked, (body) => (surface === 'gemini'
    ? objectsAt(body, 'models').map((row) => ({ id: needText(row, 'name').replace(/^models\//, ''), provider: 'google' }))
    : objectsAt(body, 'data').map((row) => ({ id: needText(row, 'id'), provider: textAt(row, 'owned_by') ?? '' }))));
}

/** Nothing is sent on by it, and nothing held. */
export async function readOutlook(bearer: string, kind: Kind, listed: readonly Listed[], wanted?: string): Promise<Outlook> {
  const models = modelsFor(kind, listed);
  const model = models.find(({ id }) => id === wanted) ?? models[0] ?? kind.usual;
  const asked = { method: 'POST', bearer, body: kind.body(model) } as const;
  const quote = heard(await ask(`/v1/quote?path=${encodeURIComponent(pathFor(kind, model.id))}`, asked), asked, (body): Quote => {
    const data = objectAt(body, 'data');
    const tightest = objectAt(data, 'tightest');
    return {
      provider: needText(data, 'provider'), bound: needNano(data, 'boundNanoUsd'), affordable: flagAt(data, 'affordable'),
      tightest: textAt(tightest, 'of') === undefined ? undefined : readOwnBudget(tightest),
    };
  });
  return { kind, model, models, quote };
}

export interface Called {
  readonly requestId: string | undefined;
  /** What was said, or what went wrong; `ours` where it was KeyPass that said no. */
  readonly came: { readonly said: string } | { readonly no: No; readonly ours: boolean };
}

/** The one question here that reaches a provider and costs something. */
export async function makeCall(bearer: string, { kind, model }: Outlook): Promise<Called> {
  const asked = {
    method: 'POST', bearer, body: kind.body(model), ...(kind.surface === 'anthropic' && { headers: { 'anthropic-version': '2023-06-01' } }),
  } as const;
  const answer = await ask(pathFor(kind, model.id), asked);
  const came = heard(answer, asked, kind.said);
  const header = (name: string) => (answer.arrived ? answer.headers.get(name) ?? undefined : undefined);
  const requestId = header('x-keypass-request-id');
  // On an answer of the provider's the SDKs find the provider's own id there.
  return { requestId, came: 'yes' in came ? { said: came.yes } : { no: came.no, ours: header('x-request-id') === requestId } };
}

/** In the envelope, or in the dialect of the address. */
function heard<Yes>(answer: Answer, asked: Asked, read: (body: JsonObject) => Yes): Heard<Yes> {
  if (!answer.arrived) throw unanswered(answer, asked);
  const body = isObject(answer.body) ? answer.body : {};
  if (answer.status >= 200 && answer.status < 300) return { yes: read(body) };
  const error = objectAt(body, 'error');
  const code = textAt(error, 'code') ?? textAt(objectsAt(error, 'details')[0] ?? {}, 'reason') ?? textAt(error, 'type') ?? '';
  return { no: { status: answer.status, code, words: textAt(error, 'message') ?? `Something answered with status ${answer.status}.` } };
}
