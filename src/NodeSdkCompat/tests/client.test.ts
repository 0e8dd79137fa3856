import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCodeVerifier, KeyPassClient, KeyPassError } from '../src/index';
import { budget, completion, connection, exchanged, linkSession, startContract } from './support/contract';
import { refusal, type Replay } from './support/replay';

const secret = 'kp_cs_canary7f3a';
const accessToken = 'kp_at_canary7f3a';
const chat = { accessToken, provider: 'openai', model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Say hello.' }] };

let server: Replay;
let keypass: KeyPassClient;

beforeEach(async () => {
  server = await startContract();
  keypass = new KeyPassClient({ clientId: 'kp_cid_1', clientSecret: secret, baseUrl: `${server.url}/` });
});
afterEach(() => server[Symbol.asyncDispose]());

async function failureOf(call: Promise<unknown>): Promise<KeyPassError> {
  const failure = await call.then(() => undefined, (error: unknown) => error);
  expect(failure).toBeInstanceOf(KeyPassError);
  return failure as KeyPassError;
}

describe('What goes over the wire', () => {
  it('begins a link session as the app, with what it asks for', async () => {
    expect(await keypass.createLinkSession({ requestedProviders: ['openai', 'anthropic'], budgetSuggestionCents: 1000 })).toEqual(linkSession);
    const [heard] = server.heard;
    expect(heard?.headers.authorization).toBe(`Basic ${Buffer.from(`kp_cid_1:${secret}`).toString('base64')}`);
    expect(JSON.parse(heard?.body ?? '')).toEqual({ requestedProviders: ['openai', 'anthropic'], budgetSuggestionCents: 1000 });
    expect(heard?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('exchanges a public token with its verifier', async () => {
    const { codeVerifier } = createCodeVerifier();
    expect(await keypass.exchangePublicToken('kp_pt_1', { codeVerifier, linkSessionId: linkSession.linkSessionId })).toEqual(exchanged);
    expect(JSON.parse(server.heard[0]?.body ?? '')).toEqual({ publicToken: 'kp_pt_1', codeVerifier });
  });

  it('does not take a public token of another session than the one named', async () => {
    expect((await failureOf(keypass.exchangePublicToken('kp_pt_1', { linkSessionId: 'another' }))).code).toBe('wrong_session');
  });

  it('reads connections, usage and the session', async () => {
    expect(await keypass.getConnection(connection.id)).toEqual(connection);
    expect((await keypass.listConnections({ limit: 5 })).items).toEqual([connection]);
    expect((await keypass.getUsage(connection.id, { groupBy: 'model', from: '2026-11-01' })).items[0]?.costNanoUsd).toBe(42_500);
    expect((await keypass.getLinkSession(linkSession.linkSessionId)).outcome).toBe('approved');
    expect(server.heard.map(({ url }) => url)).toEqual([
      `/v1/connections/${connection.id}`, '/v1/connections?limit=5', `/v1/connections/${connection.id}/usage?groupBy=model&from=2026-11-01`,
      `/v1/link/sessions/${linkSession.linkSessionId}`,
    ]);
  });

  it('chats with the access token, and keeps that out of the body', async () => {
    expect(await keypass.chatCompletion({ ...chat, temperature: 0 })).toEqual(completion);
    const [heard] = server.heard;
    expect(heard?.headers.authorization).toBe(`Bearer ${accessToken}`);
    expect(JSON.parse(heard?.body ?? '')).toEqual({ provider: 'openai', model: 'gpt-4o', messages: chat.messages, temperature: 0 });
  });

  it('passes other calls through, and their noes as the provider says them', async () => {
    const answer = await keypass.passthrough({ accessToken, provider: 'openai', path: '/v1/embeddings', json: { input: 'hello' } });
    expect([answer.status, server.heard[0]?.body]).toEqual([200, '{"input":"hello"}']);
    server.next('GET /v1/proxy/passthrough/openai/v1/models', { status: 418, body: 'teapot' });
    const no = await keypass.passthrough({ accessToken, provider: 'openai', path: '/v1/models' });
    expect([no.status, await no.text()]).toEqual([418, 'teapot']);
  });

  it('says how an official SDK is set up', () => {
    expect(keypass.openai(accessToken)).toEqual({ baseURL: `${server.url}/openai/v1`, apiKey: accessToken });
    expect(keypass.anthropic(accessToken)).toEqual({ baseURL: `${server.url}/anthropic`, apiKey: accessToken });
  });
});

describe('A no', () => {
  it('carries what it says', async () => {
    const error = await failureOf(keypass.chatCompletion({ ...chat, model: 'too-dear' }));
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 402, requestId: 'req_1', budget, updateUrl: 'https://keypass.example/connections/1' });
    server.next('POST /v1/link/sessions', refusal(400, 'invalid_request', { field: 'requestedProviders' }));
    expect(await failureOf(keypass.createLinkSession({ requestedProviders: [], budgetSuggestionCents: 1 }))).toMatchObject({
      code: 'invalid_request', field: 'requestedProviders',
    });
  });

  it('of the provider has the provider’s words', async () => {
    server.next('POST /v1/proxy/chat/completions', refusal(429, 'provider_refused', { provider: { error: { type: 'tokens' } } }, { 'retry-after': '7' }));
    expect(await failureOf(keypass.chatCompletion(chat))).toMatchObject({
      code: 'provider_refused', status: 429, retryAfter: 7, provider: { error: { type: 'tokens' } },
    });
    expect(server.heard).toHaveLength(1);
  });

  it('of something else between is said to be that', async () => {
    server.next('GET /v1/connections', { status: 404, body: '<h1>Not here</h1>' });
    expect(await failureOf(keypass.listConnections())).toMatchObject({ code: 'unexpected_answer', status: 404, requestId: 'req_h' });
    server.next('GET /v1/connections', { status: 200, body: 'hello' });
    expect((await failureOf(keypass.listConnections())).code).toBe('unexpected_answer');
  });

  it('follows no redirect, which would carry the secret along', async () => {
    const away = { status: 302, headers: { location: `${server.url}/elsewhere` }, body: '' };
    server.always('GET /v1/connections', away);
    expect((await failureOf(keypass.listConnections())).code).toBe('unreachable');
    expect(server.heard.some(({ url }) => url === '/elsewhere')).toBe(false);
  });
});

describe('What is secret', () => {
  it('is in nothing that prints the client or an error', async () => {
    const nobody = new KeyPassClient({ clientId: 'kp_cid_1', clientSecret: secret, baseUrl: 'http://127.0.0.1:1', maxRetries: 0 });
    const failures = [
      await failureOf(nobody.chatCompletion(chat)),
      await failureOf(nobody.createLinkSession({ requestedProviders: [], budgetSuggestionCents: 1 })),
      await failureOf(keypass.chatCompletion({ ...chat, model: 'too-dear' })),
      await failureOf(keypass.chatCompletion({ ...chat, accessToken: `${accessToken}\n` })),
    ];
    const broken = () => new KeyPassClient({ clientId: 'kp_cid_1', clientSecret: `${secret}\n`, baseUrl: server.url });
    expect(broken).toThrow(KeyPassError);
    expect(broken).not.toThrow(/canary/);
    const printed = [keypass, nobody, ...failures].map((one) => inspect(one, { depth: 20, showHidden: true }) + JSON.stringify(one)).join('\n');
    expect(printed).not.toContain('canary7f3a');
    expect(printed).not.toContain(Buffer.from(`kp_cid_1:${secret}`).toString('base64'));
  });

  it('leaves for nobody else than the server named', () => {
    for (const baseUrl of ['http://keypass.example', 'ftp://localhost', 'https://user:pass@keypass.example', 'https://keypass.example/?a', 'keypass']) {
      expect(() => new KeyPassClient({ clientId: 'a', clientSecret: 'b', baseUrl }), baseUrl).toThrow('baseUrl');
    }
  });

  it('is not sent to another route than the one written', async () => {
    for (const path of ['/../../link/exchange', '//evil.example/v1', 'v1/models', '/v1/a b', '/v1/%2e%2e/%2e%2e/x', '/v1\\..\\x']) {
      expect((await failureOf(keypass.passthrough({ accessToken, provider: 'openai', path }))).code, path).toBe('invalid_argument');
    }
    for (const provider of ['..', 'a/b', '', 'a?b']) {
      expect((await failureOf(keypass.passthrough({ accessToken, provider, path: '/v1' }))).code, provider).toBe('invalid_argument');
    }
    expect((await failureOf(keypass.getConnection('../apps'))).code).toBe('invalid_argument');
    expect(server.heard).toEqual([]);
  });
});

describe('Trying again', () => {
  it('is done for reads and for writes under one Idempotency-Key', async () => {
    server.next('POST /v1/link/exchange', (response) => { response.destroy(); }, refusal(503, 'draining', {}, { 'retry-after': '0' }));
    expect(await keypass.exchangePublicToken('kp_pt_1')).toEqual(exchanged);
    const names = server.heard.map(({ headers }) => headers['idempotency-key']);
    expect([names.length, new Set(names).size]).toEqual([3, 1]);
  });

  it('begins another session where the answer with the first one was lost', async () => {
    server.next('POST /v1/link/sessions', (response) => { response.destroy(); }, refusal(409, 'already_done'));
    expect(await keypass.createLinkSession({ requestedProviders: ['openai'], budgetSuggestionCents: 1 })).toEqual(linkSession);
    const names = server.heard.map(({ headers }) => headers['idempotency-key']);
    expect([names.length, new Set(names).size]).toEqual([3, 2]);
  });

  it('is not done for a chat that may have begun', async () => {
    server.next('POST /v1/proxy/chat/completions', (response) => { response.destroy(); }, refusal(502, 'provider_unreachable'));
    expect((await failureOf(keypass.chatCompletion(chat))).code).toBe('unreachable');
    expect((await failureOf(keypass.chatCompletion(chat))).code).toBe('provider_unreachable');
    expect(server.heard).toHaveLength(2);
  });

  it('is done for a chat that surely has not', async () => {
    server.next('POST /v1/proxy/chat/completions', refusal(503, 'overloaded', {}, { 'retry-after': '0' }));
    expect(await keypass.chatCompletion(chat)).toEqual(completion);
  });

  it('ends after two, and where the wait is long', async () => {
    for (let count = 0; count < 4; count++) server.next('GET /v1/connections', refusal(503, 'draining', {}, { 'retry-after': '0' }));
    expect((await failureOf(keypass.listConnections())).code).toBe('draining');
    expect(server.heard).toHaveLength(3);
    server.next(`GET /v1/connections/${connection.id}`, refusal(429, 'rate_limited', {}, { 'retry-after': '3600' }));
    expect((await failureOf(keypass.getConnection(connection.id))).retryAfter).toBe(3600);
  });
});

describe('Waiting', () => {
  const silence = () => undefined;

  it('ends when nothing comes', async () => {
    server.always('GET /v1/connections', silence);
    expect((await failureOf(keypass.listConnections({}, { timeoutMs: 50 }))).code).toBe('timeout');
    server.always('GET /v1/connections', (response) => { response.writeHead(200); response.write('{'); });
    expect((await failureOf(keypass.listConnections({}, { timeoutMs: 200 }))).code).toBe('timeout');
  });

  it('ends when the caller says so, with the caller’s reason', async () => {
    server.always('POST /v1/proxy/chat/completions', silence);
    const reason = new Error('the user left');
    const controller = new AbortController();
    const call = keypass.chatCompletion({ ...chat, signal: controller.signal });
    setTimeout(() => { controller.abort(reason); }, 20);
    await expect(call).rejects.toBe(reason);
    await expect(keypass.listConnections({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('ends between two tries as well', async () => {
    server.always('GET /v1/connections', refusal(503, 'draining', {}, { 'retry-after': '9' }));
    const reason = new Error('the user left');
    const controller = new AbortController();
    const call = keypass.listConnections({}, { signal: controller.signal });
    setTimeout(() => { controller.abort(reason); }, 100);
    await expect(call).rejects.toBe(reason);
  });

  it('takes the answer of a call that is done in time', async () => {
    server.next('GET /v1/connections', (response) => {
      response.writeHead(200);
      response.flushHeaders();
      setTimeout(() => response.end(JSON.stringify({ success: true, data: { items: [], nextCursor: null } })), 20);
    });
    expect(await keypass.listConnections()).toEqual({ items: [], nextCursor: null });
  });
});
