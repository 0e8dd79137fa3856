import Anthropic from '@anthropic-ai/sdk';
import { collect, sample, serve } from './serve.mjs';

const model = 'claude-sonnet-4-5';
const asks = (content) => ({ model, max_tokens: 100, messages: [{ role: 'user', content }] });
const weather = { name: 'weather', description: 'The weather of a city', input_schema: { type: 'object', properties: { city: { type: 'string' } } } };
const withId = (answer) => ({ answer, requestId: answer._request_id ?? null });

async function useTool(client) {
  const question = asks('How warm is it in Paris?');
  const first = await client.messages.create({ ...question, tools: [weather] });
  const call = first.content.find((block) => block.type === 'tool_use');
  const told = { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 °C' }] };
  const messages = [...question.messages, { role: 'assistant', content: first.content }, told];
  return { input: call.input, second: await client.messages.create({ ...question, messages, tools: [weather] }) };
}

await serve((baseUrl, secret) => new Anthropic({ baseURL: baseUrl, apiKey: secret }), {
  chat: async (client) => withId(await client.messages.create(asks('Say hello – ¡olé! 你好 🎉'))),
  tools: useTool,
  vision: (client) => client.messages.create(asks([
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: sample.toString('base64') } },
    { type: 'text', text: 'What is this?' },
  ])),
  beta: (client) => client.beta.messages.create({ ...asks('Say hello.'), betas: ['context-1m-2025-08-07'] }),
  stream: async (client) => client.messages.stream(asks('Say hello.')).finalMessage(),
  'stream-tools': async (client) => (await client.messages.stream({ ...asks('How warm is it in Paris?'), tools: [weather] }).finalMessage()).content,
  'stream-gated': async (client) => collect(await client.messages.create({ ...asks('Say hello.'), stream: true }), true),
  'events-chat': async (client) => collect(await client.messages.create({ ...asks('Say hello.'), stream: true })),
  count: (client) => client.messages.countTokens({ model, messages: asks('Say hello.').messages }),
  models: async (client) => (await client.models.list()).data,
  model: (client) => client.models.retrieve(model),
});
