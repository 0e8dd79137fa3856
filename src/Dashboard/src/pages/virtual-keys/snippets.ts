// How programs call with a virtual key: by the SDKs they have, with two values changed.

export interface Ready {
  readonly value: string;
  readonly label: string;
  readonly text: string;
}

interface About {
  /** Where this server is. */
  readonly origin: string;
  /** The ids of the providers it has keys of. */
  readonly providers: readonly string[];
  /** As its scope has them, with stars. */
  readonly models: readonly string[];
}

/** The first is the one that fits its keys. */
export function snippetsFor(about: About): readonly Ready[] {
  const openAi = openAiSnippets(about.origin, modelFor(about, (model) => !model.startsWith('claude'), 'gpt-5-mini'));
  const anthropic = anthropicSnippets(about.origin, modelFor(about, (model) => model.startsWith('claude'), 'claude-sonnet-4-5'));
  const onlyAnthropic = about.providers.length > 0 && about.providers.every((id) => id === 'anthropic');
  return onlyAnthropic ? [...anthropic, ...openAi] : [...openAi, ...anthropic];
}

/** One that the key may call, where its scope names one to the letter. */
function modelFor({ models }: About, fits: (model: string) => boolean, usual: string): string {
  return models.find((model) => fits(model) && !model.includes('*')) ?? usual;
}

function openAiSnippets(origin: string, model: string): readonly Ready[] {
  return [
    {
      value: 'curl', label: 'curl',
      text: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $KEYPASS_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Say hello"}]}'`,
    },
    {
      value: 'openai-python', label: 'OpenAI SDK, Python',
      text: `import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["KEYPASS_KEY"])
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      value: 'openai-typescript', label: 'OpenAI SDK, TypeScript',
      text: `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.KEYPASS_KEY });
const answer = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: 'Say hello' }],
});
console.log(answer.choices[0]?.message.content);`,
    },
    {
      value: 'openai-dotnet', label: 'OpenAI SDK, .NET',
      text: `using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    "${model}",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("KEYPASS_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("${origin}/v1") });
ChatCompletion answer = await client.CompleteChatAsync("Say hello");
Console.WriteLine(answer.Content[0].Text);`,
    },
  ];
}

/** Its SDKs add the /v1 themselves. */
function anthropicSnippets(origin: string, model: string): readonly Ready[] {
  return [
    {
      value: 'anthropic-python', label: 'Anthropic SDK, Python',
      text: `import os
from anthropic import Anthropic

client = Anthropic(base_url="${origin}", api_key=os.environ["KEYPASS_KEY"])
answer = client.messages.create(
    model="${model}",
    max_tokens=200,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.content[0].text)`,
    },
    {
      value: 'anthropic-typescript', label: 'Anthropic SDK, TypeScript',
      text: `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: '${origin}', apiKey: process.env.KEYPASS_KEY });
const answer = await client.messages.create({
  model: '${model}',
  max_tokens: 200,
  messages: [{ role: 'user', content: 'Say hello' }],
});
console.log(answer.content);`,
    },
  ];
}
