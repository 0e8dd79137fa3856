import { GoogleGenAI } from '@google/genai';
import { collect, sample, serve } from './serve.mjs';

const model = 'gemini-2.5-flash';
const weather = {
  name: 'weather', description: 'The weather of a city', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
};
const tools = [{ functionDeclarations: [weather] }];
const plain = (answer) => ({ text: answer.text, usage: answer.usageMetadata, candidates: answer.candidates });
const user = (...parts) => ({ role: 'user', parts });

async function useTool(client) {
  const question = user({ text: 'How warm is it in Paris?' });
  const first = await client.models.generateContent({ model, contents: [question], config: { tools } });
  const [call] = first.functionCalls;
  const told = user({ functionResponse: { name: call.name, response: { celsius: 21 } } });
  const second = await client.models.generateContent({ model, contents: [question, first.candidates[0].content, told], config: { tools } });
  return { args: call.args, second: plain(second) };
}

await serve((baseUrl, secret) => new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl } }), {
  chat: async (client) => plain(await client.models.generateContent({ model, contents: 'Say hello – ¡olé! 你好 🎉' })),
  'chat-with-patience': async (client) => plain(await client.models.generateContent({
    model, contents: 'Say hello.', config: { httpOptions: { timeout: 30_000 } },
  })),
  tools: useTool,
  vision: async (client) => plain(await client.models.generateContent({
    model, contents: [user({ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: sample.toString('base64') } })],
  })),
  stream: async (client) => (await collect(await client.models.generateContentStream({ model, contents: 'Say hello.' }))).map(plain),
  'stream-gated': async (client) => (await collect(await client.models.generateContentStream({ model, contents: 'Say hello.' }), true)).map(plain),
  embeddings: async (client) => (await client.models.embedContent({ model: 'gemini-embedding-001', contents: ['one', 'two'] })).embeddings,
  count: async (client) => (await client.models.countTokens({ model, contents: 'Say hello.' })).totalTokens,
  models: async (client) => collect(await client.models.list()),
  model: (client) => client.models.get({ model }),
});
