import { dollars } from '../../budgets/money';
import { momentWords, type Reader } from '../../budgets/window';
import { providerOf, type Provider } from '../keys/providers';
import type { Heard, No, Outlook, OwnBudget, OwnKey } from './check-api';
import type { Listed } from './kinds';

/** One line of the outcome: what it is about, how it stands, and what to do where something is to be done. */
export interface Finding {
  /** `not`: no fault, and yet it does not go through. */
  readonly state: 'works' | 'not' | 'bad';
  readonly title: string;
  readonly detail?: string;
  readonly mend?: string;
}

export interface Checked {
  readonly own: Heard<OwnKey>;
  /** How many models of all surfaces it may use; nothing is known of them where the key itself is refused. */
  readonly models: readonly Listed[];
  readonly outlooks: readonly Outlook[];
}

export interface Words {
  readonly providers: readonly Provider[];
  readonly reader: Reader;
}

const owner = 'Its owner changes that under Virtual keys.';

const mends: Readonly<Record<string, string>> = {
  invalid_api_key: 'It was made on another server, or never was: look whether the address in this window is the one it belongs to.',
  key_disabled: 'Enable it again under Virtual keys.',
  key_revoked: 'Make another under Virtual keys.',
  key_expired: 'Give it a later end under Virtual keys, or take the newer credential.',
  route_not_allowed: 'Needed? Add a provider key for it, or allow this kind of call: Virtual keys, Change.',
  model_not_allowed: 'Needed? Add the model under Virtual keys, Change.',
  price_unknown: 'Take the budget off the key, use another model, or have the price set.',
  not_boundable: 'Use another model, or a key without a budget.',
};

const mendOf = ({ code, status }: No): string | undefined =>
  mends[code] ?? (status >= 500 ? 'Try again in a moment. If it stays, tell whoever runs this server.' : undefined);

const withMend = (mend: string | undefined) => (mend === undefined ? {} : { mend });

/** What the key is. */
export function keyFindings({ own: heard, models }: Checked, words: Words): readonly Finding[] {
  if ('no' in heard) {
    return [{ state: 'bad', title: 'The key does not work', detail: heard.no.words, ...withMend(mendOf(heard.no)) }];
  }
  const own = heard.yes;
  return [
    { state: 'works', title: 'The key is known and enabled', detail: endOf(own, words.reader) },
    own.test
      ? { state: 'works', title: 'Test mode', detail: 'It reaches the sandbox and nothing else: answers are made up, and cost nothing real.' }
      : { state: 'works', title: 'Live mode', detail: 'It calls the vendors of its provider keys, and they charge for it.' },
    providersOf(own, words.providers),
    modelsOf(own, models),
    ...own.routes.length === 0 ? [] : [{ state: 'works', title: 'Kinds of calls', detail: `Only these: ${own.routes.join(', ')}.` } as const],
    ...budgetsOf(own, words),
    { state: 'works', title: 'Rate limits', detail: ratesOf(own) },
  ];
}

function endOf({ expiresAt }: OwnKey, reader: Reader): string {
  return expiresAt === undefined ? 'It has no end.' : `It ends on ${momentWords(Date.parse(expiresAt), reader)}.`;
}

function providersOf({ providers, test }: OwnKey, known: readonly Provider[]): Finding {
  if (test && !providers.includes('sandbox')) {
    return {
      state: 'bad', title: 'The sandbox is left out', detail: 'A test key reaches nothing else, and this one’s limits name other vendors only.', mend: owner,
    };
  }
  if (providers.length === 0) {
    return { state: 'bad', title: 'No provider key', detail: 'It holds none that it may use, so every call is refused.', mend: owner };
  }
  const names = providers.map((id) => providerOf(known, id)?.name ?? id).join(', ');
  return { state: 'works', title: 'Provider keys', detail: names };
}

function modelsOf({ models: allowed }: OwnKey, models: readonly Listed[]): Finding {
  const scope = allowed.length === 0 ? 'All that its providers have' : `Only ${allowed.join(', ')}`;
  return models.length === 0
    ? {
      state: 'not', title: 'Models', detail: `${scope}; of those, none has a known price.`,
      mend: 'A key without a budget may call them. With one, their price has to be set first.',
    }
    : { state: 'works', title: 'Models', detail: `${scope}: ${models.length.toLocaleString()} with a known price.` };
}

const whose: Readonly<Record<string, string>> = {
  virtual_key: 'this key', connection: 'the connection', provider_key: 'the provider key', account: 'the account',
};

function budgetsOf({ budgets }: OwnKey, words: Words): readonly Finding[] {
  if (budgets.length === 0) return [{ state: 'works', title: 'Budget', detail: 'None: nothing but the provider limits what it spends.' }];
  return budgets.map((budget) => {
    const left = `${dollars(budget.remaining, 'down')} of ${dollars(budget.limit)} left${anewOf(budget, words.reader)}.`;
    const title = `${budget.velocity ? 'Limit an hour' : 'Budget'} of ${ownerOf(budget, words.providers)}`;
    return budget.remaining > 0n ? { state: 'works', title, detail: left } : { state: 'bad', title, detail: left, mend: 'Wait until then, or raise it.' };
  });
}

function ownerOf({ of, provider }: OwnBudget, providers: readonly Provider[]): string {
  const name = whose[of] ?? of;
  return provider === undefined ? name : `${name} of ${providerOf(providers, provider)?.name ?? provider}`;
}

const anewOf = ({ resetsAt }: OwnBudget, reader: Reader): string =>
  (resetsAt === undefined ? '; it never begins anew' : `; it begins anew on ${momentWords(Date.parse(resetsAt), reader)}`);

function ratesOf({ requestsPerMinute, tokensPerMinute, concurrent }: OwnKey): string {
  const limits = [
    requestsPerMinute === undefined ? undefined : `${requestsPerMinute.toLocaleString()} calls a minute`,
    tokensPerMinute === undefined ? undefined : `${tokensPerMinute.toLocaleString()} tokens a minute`,
    concurrent === undefined ? undefined : `${concurrent.toLocaleString()} at a time`,
  ].filter((one) => one !== undefined);
  return limits.length === 0 ? 'None of this server’s; the provider has its own.' : `${limits.join(', ')}.`;
}

/** Whether one kind of call would go through. */
export function outlookFinding({ kind, model, quote }: Outlook, { providers, reader }: Words): Finding {
  const title = kind.label;
  if ('no' in quote) {
    const state = quote.no.code === 'route_not_allowed' || quote.no.code === 'model_not_allowed' ? 'not' : 'bad';
    return { state, title, detail: quote.no.words, ...withMend(mendOf(quote.no)) };
  }
  const { provider, bound, affordable, tightest } = quote.yes;
  const with_ = `${model.id} at ${providerOf(providers, provider)?.name ?? provider}`;
  if (affordable) return { state: 'works', title, detail: `With ${with_}: a short call costs at most ${dollars(bound)}.` };
  return {
    state: 'bad', title,
    detail: `A short call with ${with_} can cost ${dollars(bound)}, and ${tightest === undefined ? 'less is left'
      : `${dollars(tightest.remaining, 'down')} of the budget of ${ownerOf(tightest, providers)} is left${anewOf(tightest, reader)}`}.`,
    mend: 'Wait until then, raise the budget, or use a model that costs less.',
  };
}

/** The one sentence that answers whether it works. */
export function verdictOf(checked: Checked, { providers, reader }: Words): { readonly kind: 'good' | 'warn' | 'bad'; readonly words: string } {
  const of = checked.outlooks.map((outlook) => outlookFinding(outlook, { providers, reader }));
  const through = of.filter(({ state }) => state === 'works').map(({ title }) => title);
  if ('no' in checked.own) return { kind: 'bad', words: 'No: calls with this key are refused.' };
  if (through.length === 0) return { kind: 'bad', words: 'The key is known, and yet no call with it goes through.' };
  const last = through.at(-1) ?? '';
  const list = through.length === 1 ? last : `${through.slice(0, -1).join(', ')} and ${last}`;
  return { kind: of.some(({ state }) => state === 'bad') ? 'warn' : 'good', words: `It works: calls of the kind ${list} go through.` };
}
