import { expect, test, vi } from 'vitest';
import { check } from '../../src/pages/migrate/check';
import { kinds, modelsFor } from '../../src/pages/migrate/kinds';
import { keyFindings, outlookFinding, verdictOf } from '../../src/pages/migrate/outcome';

const bearer = 'km_live_x';
const words = { providers: [], reader: { timeZone: 'UTC', now: Date.parse('2026-11-22T00:00:00Z'), locale: 'en-US' } };

const budget = { of: 'virtual_key', kind: 'spend', limitNanoUsd: 5_000_000_000, spentNanoUsd: 0, reservedNanoUsd: 0, remainingNanoUsd: 3_200_000_000 };
const ownKey = {
  id: 'a', mode: 'live', providerKeys: ['openai'], models: ['gpt-5*'], routes: [], tags: [], budgets: [budget], rateLimits: { requestsPerMinute: 60 },
};
const refused = (code: string, message: string) => ({ error: { code, message } });
const quote = { provider: 'openai', boundNanoUsd: 1_000_000, affordable: true };

/** A server that says this at these addresses; what it was asked with comes back. */
function answering(answers: Readonly<Record<string, readonly [number, unknown]>>) {
  const asked: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const found = Object.entries(answers).find(([beginning]) => path.startsWith(beginning))?.[1] ?? [404, refused('not_found', 'Nothing.')];
    return Promise.resolve(new Response(JSON.stringify(found[1]), { status: found[0] }));
  });
  return asked;
}

const models = { data: [{ id: 'gpt-5', owned_by: 'openai' }, { id: 'gpt-5-nano', owned_by: 'openai' }, { id: 'gpt-5-tts', owned_by: 'openai' }] };

test('Everything is asked with the key alone, in a header, and nothing that costs', async () => {
  const asked = answering({ '/v1/key': [200, { data: ownKey }], '/v1/models': [200, models], '/v1/quote': [200, { data: quote }] });
  await check(bearer);
  expect(new Set(asked.map(({ path }) => path.split('?')[0]))).toEqual(new Set(['/v1/key', '/v1/models', '/v1beta/models', '/v1/quote']));
  for (const { path, init } of asked) {
    expect(path).not.toContain(bearer);
    expect(init).toMatchObject({ credentials: 'omit', headers: { authorization: `Bearer ${bearer}` } });
  }
});

test('What goes through is told with the most that a short call costs', async () => {
  answering({ '/v1/key': [200, { data: ownKey }], '/v1/models': [200, models], '/v1/quote': [200, { data: quote }] });
  const checked = await check(bearer);
  expect(verdictOf(checked, words)).toMatchObject({ kind: 'good', words: expect.stringContaining('Chat completions') as string });
  const [chat] = checked.outlooks;
  expect(chat && outlookFinding(chat, words)).toEqual(
    { state: 'works', title: 'Chat completions', detail: 'With gpt-5-nano at openai: a short call costs at most $0.0010.' },
  );
  const told = keyFindings(checked, words).map(({ title, detail }) => `${title}: ${detail ?? ''}`);
  expect(told).toContain('Budget of this key: $3.20 of $5.00 left; it never begins anew.');
  expect(told).toContain('Models: Only gpt-5*: 3 with a known price.');
  expect(told).toContain('Rate limits: 60 calls a minute.');
});

test('A kind of call that the key has no provider for is no fault; a budget that has too little is', async () => {
  answering({
    '/v1/key': [200, { data: ownKey }], '/v1/models': [200, models],
    '/v1/quote?path=%2Fv1%2Fmessages': [403, refused('route_not_allowed', 'This key holds no such key.')],
    '/v1/quote': [200, { data: { ...quote, boundNanoUsd: 4_000_000_000, affordable: false, tightest: budget } }],
  });
  const { outlooks } = await check(bearer);
  const found = new Map(outlooks.map((outlook) => [outlook.kind.id, outlookFinding(outlook, words)]));
  expect(found.get('messages')).toMatchObject({ state: 'not', detail: 'This key holds no such key.' });
  expect(found.get('chat')).toMatchObject({ state: 'bad', detail: expect.stringContaining('can cost $4.00, and $3.20 of the budget of this key') as string });
});

test('Of a key that is refused nothing more is asked', async () => {
  const asked = answering({ '/v1/key': [403, refused('key_disabled', 'This key is disabled.')] });
  const checked = await check(bearer);
  expect(asked).toHaveLength(1);
  expect(verdictOf(checked, words).kind).toBe('bad');
  expect(keyFindings(checked, words)).toEqual([
    { state: 'bad', title: 'The key does not work', detail: 'This key is disabled.', mend: 'Enable it again under Virtual keys.' },
  ]);
});

test('The model of a call is one that talks, and the one that likely costs least', () => {
  const [chat, , , , embeddings] = kinds;
  const listed = ['gpt-4o', 'gpt-4o-mini-tts', 'gpt-4.1-nano', 'text-embedding-3-large', 'text-embedding-3-small'].map((id) => ({ id, provider: 'openai' }));
  expect(chat && modelsFor(chat, listed).map(({ id }) => id)).toEqual(['gpt-4.1-nano', 'gpt-4o']);
  expect(embeddings && modelsFor(embeddings, listed)[0]?.id).toBe('text-embedding-3-small');
});

test('The limit of an answer has the name that its provider keeps to', () => {
  const [chat] = kinds;
  expect(chat?.body({ id: 'mistral-small', provider: 'mistral' })).toMatchObject({ max_tokens: 16 });
  expect(chat?.body({ id: 'gpt-4.1-nano', provider: 'openai' })).toMatchObject({ max_completion_tokens: 16 });
  expect(chat?.body({ id: 'openai/gpt-5-nano', provider: 'openrouter' })).toMatchObject({ max_completion_tokens: 16 });
});
