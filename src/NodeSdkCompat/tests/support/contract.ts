import { refusal, startReplay, streamed, success, type Replay } from './replay';

// Answers as the server gives them.

export const linkSession = {
  linkToken: 'kp_lt_replayed', linkSessionId: '0190a0b0c0d07000800000000000ab01', hostedUrl: 'https://keypass.example/link/abc#kp_lt_replayed',
  expiresAt: '2026-11-21T18:30:00Z',
};

export const exchanged = {
  accessToken: 'kp_at_replayed', connectionId: '0190a0b0c0d07000800000000000ab02', linkSessionId: linkSession.linkSessionId, clientUserId: null,
  granted: { providers: ['openai', 'anthropic'], models: null, 'keys': 2 },
  budget: { limitCents: 1000, period: 'monthly', resetsAt: '2026-12-01T00:00:00Z' }, expiresAt: null,
};

export const connection = {
  id: exchanged.connectionId, status: 'active', clientUserId: null, providers: ['openai', 'anthropic'], models: null,
  budget: { limitCents: 1000, spentNanoUsd: 4_000_000, remainingNanoUsd: 9_996_000_000, period: 'monthly', resetsAt: '2026-12-01T00:00:00Z' },
  expiresAt: null, updatedAt: '2026-11-21T18:00:00Z',
};

export const completion = {
  id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
};

export function chunk(content: string, finish: string | null = null): string {
  const choice = { index: 0, delta: { content }, finish_reason: finish };
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [choice] })}\n\n`;
}

export const budget = {
  of: 'connection', limitNanoUsd: 10_000_000_000, spentNanoUsd: 10_000_000_000, reservedNanoUsd: 0, remainingNanoUsd: 0, neededNanoUsd: 1,
  resetsAt: '2026-12-01T00:00:00Z', modelsThatFit: [],
};

/** The whole contract, each route with an answer that fits. */
export async function startContract(): Promise<Replay> {
  const replay = await startReplay();
  const state = {
    linkSessionId: linkSession.linkSessionId, status: 'exchanged', outcome: 'approved', exitReason: null, connectionId: connection.id,
    clientUserId: null, events: [{ name: 'created', at: '2026-11-21T18:00:00Z' }], expiresAt: linkSession.expiresAt,
  };
  replay.always('POST /v1/link/sessions', { ...successOf(linkSession), status: 201 });
  replay.always(`GET /v1/link/sessions/${linkSession.linkSessionId}`, success(state));
  replay.always('POST /v1/link/exchange', success(exchanged));
  replay.always('GET /v1/connections', success({ items: [connection], nextCursor: null }));
  replay.always(`GET /v1/connections/${connection.id}`, success(connection));
  replay.always(`GET /v1/connections/${connection.id}/usage`, success({
    items: [{ model: 'gpt-4o', calls: 1, inputTokens: 9, outputTokens: 2, costNanoUsd: 42_500 }],
  }));
  replay.always('POST /v1/proxy/passthrough/openai/v1/embeddings', { body: { object: 'list', data: [{ embedding: [0.5] }] } });
  replay.always('POST /v1/proxy/chat/completions', (response) => {
    const asked = JSON.parse(replay.heard.at(-1)?.body ?? '{}') as { stream?: boolean; model?: string };
    const reply = asked.model === 'too-dear'
      ? refusal(402, 'budget_exceeded', { budget, updateUrl: 'https://keypass.example/connections/1' })
      : asked.stream === true ? streamed(chunk('Hel'), chunk('lo.', 'stop'), 'data: [DONE]\n\n') : success(completion);
    if (typeof reply === 'function') reply(response);
    else {
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.body));
    }
  });
  return replay;
}

function successOf(data: unknown): { body: unknown } {
  return { body: { success: true, data } };
}
