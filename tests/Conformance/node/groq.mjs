import Groq, { toFile } from 'groq-sdk';
import { collect, sample, serve } from './serve.mjs';

const model = 'llama-3.3-70b-versatile';
const asks = (content) => ({ model, messages: [{ role: 'user', content }] });
const weather = {
  type: 'function',
  function: { name: 'weather', description: 'The weather of a city', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

async function useTool(client) {
  const messages = [{ role: 'user', content: 'How warm is it in Paris?' }];
  const first = await client.chat.completions.create({ model, messages, tools: [weather] });
  const [call] = first.choices[0].message.tool_calls;
  const told = { role: 'tool', tool_call_id: call.id, content: '{"celsius":21}' };
  const second = await client.chat.completions.create({ model, messages: [...messages, first.choices[0].message, told], tools: [weather] });
  return { arguments: JSON.parse(call.function.arguments), second };
}

await serve((baseUrl, secret) => new Groq({ baseURL: baseUrl, apiKey: secret }), {
  chat: (client) => client.chat.completions.create(asks('Say hello – ¡olé! 你好 🎉')),
  tools: useTool,
  vision: (client) => client.chat.completions.create(asks([
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${sample.toString('base64')}` } },
  ])),
  stream: async (client) => collect(await client.chat.completions.create({ ...asks('Say hello.'), stream: true })),
  'stream-gated': async (client) => collect(await client.chat.completions.create({ ...asks('Say hello.'), stream: true }), true),
  speech: async (client) => {
    const answer = await client.audio.speech.create({ model: 'playai-tts', voice: 'Aaliyah-PlayAI', input: 'Hello.', response_format: 'wav' });
    return Buffer.from(await answer.arrayBuffer()).toString('base64');
  },
  transcription: async (client) => client.audio.transcriptions.create({
    file: await toFile(sample, 'hello.wav', { type: 'audio/wav' }), model: 'whisper-large-v3',
  }),
  models: async (client) => (await client.models.list()).data,
});
