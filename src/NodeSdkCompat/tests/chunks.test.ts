import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeyPassClient, KeyPassError, type ChatChunk } from '../src/index';
import { chunk } from './support/contract';
import { refusal, startReplay, streamed, type Replay } from './support/replay';

const chat = {
  accessToken: 'kp_at_1', provider: 'openai', model: 'm', messages: [{ role: 'user' as const, content: 'Say hello.' }], stream: true as const,
};
const route = 'POST /v1/proxy/chat/completions';

let server: Replay;
let keypass: KeyPassClient;

beforeEach(async () => {
  server = await startReplay();
  keypass = new KeyPassClient({ clientId: 'a', clientSecret: 'b', baseUrl: server.url });
});
afterEach(() => server[Symbol.asyncDispose]());

async function read(chunks: Promise<AsyncIterable<ChatChunk>>): Promise<{ said: string; failure: unknown }> {
  let said = '';
  try {
    for await (const one of await chunks) said += one.choices[0]?.delta.content ?? '';
    return { said, failure: undefined };
  } catch (failure) {
    return { said, failure };
  }
}

it('gives the chunks whatever the pieces they travel in', async () => {
  const whole = `: a comment\n\n${chunk('Grüße, ')}event: x\n${chunk('世界').replaceAll('\n', '\r\n')}${chunk('!', 'stop')}data: [DONE]\n\n`;
  const bytes = Buffer.from(whole);
  for (const size of [1, 7, bytes.length]) {
    server.next(route, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
      response.end();
    });
    expect(await read(keypass.chatCompletion(chat)), `pieces of ${size}`).toEqual({ said: 'Grüße, 世界!', failure: undefined });
  }
});

it('gives a chunk that carries only the usage', async () => {
  server.next(route, streamed(chunk('Hi', 'stop'), 'data: {"usage":{"total_tokens":3}}\n\n', 'data: [DONE]\n\n'));
  const chunks: ChatChunk[] = [];
  for await (const one of await keypass.chatCompletion(chat)) chunks.push(one);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 3 } });
});

it('throws where the answer broke off, after what came', async () => {
  server.next(route, streamed(chunk('Half')));
  const { said, failure } = await read(keypass.chatCompletion(chat));
  expect(said).toBe('Half');
  expect(failure).toMatchObject({ code: 'interrupted', requestId: 'req_s' });
  server.next(route, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('Half'), () => setTimeout(() => response.destroy(), 20));
  });
  expect((await read(keypass.chatCompletion(chat))).failure).toMatchObject({ code: 'unreachable' });
});

it('ends well where a provider says no [DONE] after its last word', async () => {
  server.next(route, streamed(chunk('All', 'stop')));
  expect(await read(keypass.chatCompletion(chat))).toEqual({ said: 'All', failure: undefined });
});

it('throws an error that comes in the middle, with the provider’s words', async () => {
  server.next(route, streamed(chunk('Ha'), 'data: {"error":{"type":"server_error"}}\n\n'));
  expect((await read(keypass.chatCompletion(chat))).failure).toMatchObject({ code: 'provider_refused', provider: { type: 'server_error' } });
  server.next(route, streamed('data: {"error":{"code":"revoked","message":"It was revoked."}}\n\n'));
  expect((await read(keypass.chatCompletion(chat))).failure).toMatchObject({ code: 'revoked' });
  server.next(route, streamed('data: {"a"\n\n'));
  expect((await read(keypass.chatCompletion(chat))).failure).toMatchObject({ code: 'unexpected_answer' });
});

it('throws a no before the first chunk at once', async () => {
  server.next(route, refusal(403, 'revoked'));
  await expect(keypass.chatCompletion(chat)).rejects.toBeInstanceOf(KeyPassError);
});

it('hangs up when the loop is left', async () => {
  let hungUp: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => { hungUp = resolve; });
  server.next(route, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('one'));
    response.on('close', hungUp);
  });
  for await (const one of await keypass.chatCompletion(chat)) {
    expect(one.choices[0]?.delta.content).toBe('one');
    break;
  }
  await gone;
});

it('throws when nothing more comes, and the caller’s reason when the caller ends it', async () => {
  const halting = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunk('one'));
  };
  server.always(route, halting);
  expect((await read(keypass.chatCompletion({ ...chat, timeoutMs: 100 }))).failure).toMatchObject({ code: 'timeout' });
  const controller = new AbortController();
  const reason = new Error('the user left');
  setTimeout(() => { controller.abort(reason); }, 100);
  expect((await read(keypass.chatCompletion({ ...chat, signal: controller.signal }))).failure).toBe(reason);
});
