import OpenAI, { toFile } from 'openai';
import { collect, sample, serve } from './serve.mjs';

const model = 'gpt-4o-mini';
const asks = (content) => ({ model, messages: [{ role: 'user', content }] });
const weather = {
  type: 'function',
  function: { name: 'weather', description: 'The weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const withId = (answer) => ({ answer, requestId: answer._request_id ?? null });

async function useTool(client) {
  const messages = [{ role: 'user', content: 'How warm is it in Paris?' }];
  const first = await client.chat.completions.create({ model, messages, tools: [weather] });
  const [call] = first.choices[0].message.tool_calls;
  const told = { role: 'tool', tool_call_id: call.id, content: '{"celsius":21}' };
  const second = await client.chat.completions.create({ model, messages: [...messages, first.choices[0].message, told], tools: [weather] });
  return { arguments: JSON.parse(call.function.arguments), second };
}

async function aggregateChat(client, wish) {
  const stream = client.chat.completions.stream({ ...asks('Say hello – ¡olé! 你好 🎉'), ...wish });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk.choices[0]?.delta?.content ?? null);
  return { chunks, whole: (await stream.finalChatCompletion()).choices };
}

async function aggregateResponse(client) {
  const stream = client.responses.stream({ model, input: 'Say hello.' });
  const types = [];
  for await (const event of stream) types.push(event.type);
  const whole = await stream.finalResponse();
  return { types, text: whole.output_text, usage: whole.usage };
}

await serve((baseUrl, secret) => new OpenAI({ baseURL: baseUrl, apiKey: secret }), {
  chat: async (client) => withId(await client.chat.completions.create(asks('Say hello – ¡olé! 你好 🎉'))),
  'chat-with-headers': (client) => client.chat.completions.create(asks('Say hello.'), { headers: {
    'OpenAI-Beta': 'something=v1', 'X-Client-Request-Id': 'mine-1', 'Idempotency-Key': 'once',
    'OpenAI-Organization': 'org-other', 'OpenAI-Project': 'proj-other', 'X-Anything': 'else', Cookie: 'a=b', 'X-Forwarded-For': '1.2.3.4',
  } }),
  'chat-google': (client) => client.chat.completions.create({ ...asks('Say hello.'), model: 'gemini-2.5-flash' }),
  tools: useTool,
  vision: (client) => client.chat.completions.create(asks([
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${sample.toString('base64')}` } },
  ])),
  stream: (client) => aggregateChat(client, {}),
  'stream-with-usage': (client) => aggregateChat(client, { stream_options: { include_usage: true } }),
  'stream-tools': async (client) => (await client.chat.completions
    .stream({ ...asks('How warm is it in Paris?'), tools: [weather] }).finalChatCompletion()).choices[0].message.tool_calls,
  'stream-gated': async (client) => collect(await client.chat.completions.create({ ...asks('Say hello.'), stream: true }), true),
  'events-chat': async (client) => collect(
    await client.chat.completions.create({ ...asks('Say hello.'), stream: true, stream_options: { include_usage: true } })),
  'events-responses': async (client) => collect(await client.responses.create({ model, input: 'Say hello.', stream: true })),
  responses: async (client) => withId(await client.responses.create({ model, input: 'Say hello.' })),
  'responses-stream': aggregateResponse,
  'responses-count': (client) => client.responses.inputTokens.count({ model, input: 'Say hello.' }),
  completions: (client) => client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Say hello.', max_tokens: 9 }),
  embeddings: (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] }),
  images: (client) => client.images.generate({ model: 'gpt-image-1', prompt: 'A small red dot', size: '1024x1024' }),
  'image-edits': async (client) => client.images.edit({
    image: await toFile(sample, 'dot.png', { type: 'image/png' }), model: 'gpt-image-1', prompt: 'Now in blue',
  }),
  speech: async (client) => {
    const answer = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello.' });
    return { type: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()).toString('base64') };
  },
  transcription: async (client) => client.audio.transcriptions.create({
    file: await toFile(sample, 'hello.wav', { type: 'audio/wav' }), model: 'gpt-4o-mini-transcribe', language: 'en',
  }),
  moderations: (client) => client.moderations.create({ model: 'omni-moderation-latest', input: 'Good morning.' }),
  models: async (client) => (await client.models.list()).data,
  model: (client) => client.models.retrieve(model),
});
