// How programs call with a virtual key: by the SDKs and tools they have, with two values changed. Each is written as the change that it is,
// from calling the provider itself, so that what is copied and what is compared cannot differ.

import type { DiffLine } from '../../parts/Diff';

export interface Ready {
  readonly value: string;
  readonly label: string;
  /** What to copy. */
  readonly text: string;
  /** And what of it is new. */
  readonly lines: readonly DiffLine[];
  /** Who else sees what is sent. */
  readonly note?: string;
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
  const { origin, providers } = about;
  // The sandbox speaks both, and has models of its own.
  const sandbox = providers.length > 0 && providers.every((id) => id === 'sandbox') ? 'sandbox-ok' : undefined;
  const openAi = openAiSnippets(origin, modelFor(about, (model) => !model.startsWith('claude'), sandbox ?? 'gpt-5-mini'));
  const anthropic = anthropicSnippets(origin, sandbox ?? modelFor(about, (model) => model.startsWith('claude'), 'claude-sonnet-4-5'));
  const onlyAnthropic = providers.length > 0 && providers.every((id) => id === 'anthropic');
  return [...onlyAnthropic ? [...anthropic, ...openAi] : [...openAi, ...anthropic], environment(origin), cursor(origin)];
}

/** One that the key may call, where its scope names one to the letter. */
function modelFor({ models }: About, fits: (model: string) => boolean, usual: string): string {
  return models.find((model) => fits(model) && !model.includes('*')) ?? usual;
}

const kindOf = (sign: string): DiffLine['kind'] => (sign === '-' ? 'gone' : sign === '+' ? 'new' : 'same');

/** `change`: two characters before each line, of which the first says whether it goes or comes. */
function ready(value: string, label: string, change: string, note?: string): Ready {
  const lines = change.split('\n').map((line): DiffLine => ({ kind: kindOf(line.charAt(0)), text: line.slice(2) }));
  const text = lines.filter(({ kind }) => kind !== 'gone').map((line) => line.text).join('\n');
  return { value, label, text, lines, ...(note !== undefined && { note }) };
}

function openAiSnippets(origin: string, model: string): readonly Ready[] {
  return [
    ready('curl', 'curl', `- curl https://api.openai.com/v1/chat/completions \\
-   -H "Authorization: Bearer $OPENAI_API_KEY" \\
+ curl ${origin}/v1/chat/completions \\
+   -H "Authorization: Bearer $KEYPASS_KEY" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${model}", "messages": [{"role": "user", "content": "Say hello"}]}'`),
    ready('openai-python', 'OpenAI SDK, Python', `+ import os
  from openai import OpenAI
  
- client = OpenAI()
+ client = OpenAI(base_url="${origin}/v1", api_key=os.environ["KEYPASS_KEY"])
  answer = client.chat.completions.create(
      model="${model}",
      messages=[{"role": "user", "content": "Say hello"}],
  )
  print(answer.choices[0].message.content)`),
    ready('openai-typescript', 'OpenAI SDK, TypeScript', `  import OpenAI from 'openai';
  
- const client = new OpenAI();
+ const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.KEYPASS_KEY });
  const answer = await client.chat.completions.create({
    model: '${model}',
    messages: [{ role: 'user', content: 'Say hello' }],
  });
  console.log(answer.choices[0]?.message.content);`),
    ready('openai-dotnet', 'OpenAI SDK, .NET', `+ using System.ClientModel;
+ using OpenAI;
  using OpenAI.Chat;
  
  var client = new ChatClient(
      "${model}",
-     Environment.GetEnvironmentVariable("OPENAI_API_KEY"));
+     new ApiKeyCredential(Environment.GetEnvironmentVariable("KEYPASS_KEY")!),
+     new OpenAIClientOptions { Endpoint = new Uri("${origin}/v1") });
  ChatCompletion answer = await client.CompleteChatAsync("Say hello");
  Console.WriteLine(answer.Content[0].Text);`),
    ready('fetch', 'fetch, JavaScript', `- const response = await fetch('https://api.openai.com/v1/chat/completions', {
+ const response = await fetch('${origin}/v1/chat/completions', {
    method: 'POST',
-   headers: { Authorization: \`Bearer \${process.env.OPENAI_API_KEY}\`, 'Content-Type': 'application/json' },
+   headers: { Authorization: \`Bearer \${process.env.KEYPASS_KEY}\`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: '${model}', messages: [{ role: 'user', content: 'Say hello' }] }),
  });
  const answer = await response.json();
  console.log(answer.choices[0].message.content);`),
    ready('axios', 'axios, JavaScript', `  import axios from 'axios';
  
  const { data } = await axios.post(
-   'https://api.openai.com/v1/chat/completions',
+   '${origin}/v1/chat/completions',
    { model: '${model}', messages: [{ role: 'user', content: 'Say hello' }] },
-   { headers: { Authorization: \`Bearer \${process.env.OPENAI_API_KEY}\` } },
+   { headers: { Authorization: \`Bearer \${process.env.KEYPASS_KEY}\` } },
  );
  console.log(data.choices[0].message.content);`),
    ready('langchain-python', 'LangChain, Python', `+ import os
  from langchain_openai import ChatOpenAI
  
- model = ChatOpenAI(model="${model}")
+ model = ChatOpenAI(model="${model}", base_url="${origin}/v1", api_key=os.environ["KEYPASS_KEY"])
  print(model.invoke("Say hello").content)`),
  ];
}

/** Its SDKs add the /v1 themselves. */
function anthropicSnippets(origin: string, model: string): readonly Ready[] {
  return [
    ready('anthropic-python', 'Anthropic SDK, Python', `+ import os
  from anthropic import Anthropic
  
- client = Anthropic()
+ client = Anthropic(base_url="${origin}", api_key=os.environ["KEYPASS_KEY"])
  answer = client.messages.create(
      model="${model}",
      max_tokens=200,
      messages=[{"role": "user", "content": "Say hello"}],
  )
  print(answer.content[0].text)`),
    ready('anthropic-typescript', 'Anthropic SDK, TypeScript', `  import Anthropic from '@anthropic-ai/sdk';
  
- const client = new Anthropic();
+ const client = new Anthropic({ baseURL: '${origin}', apiKey: process.env.KEYPASS_KEY });
  const answer = await client.messages.create({
    model: '${model}',
    max_tokens: 200,
    messages: [{ role: 'user', content: 'Say hello' }],
  });
  console.log(answer.content);`),
    // Its name for what goes as "Authorization: Bearer"; with the other name set too it warns, and sends both.
    ready('claude-code', 'Claude Code', `- export ANTHROPIC_API_KEY="sk-ant-…"
+ unset ANTHROPIC_API_KEY
+ export ANTHROPIC_BASE_URL="${origin}"
+ export ANTHROPIC_AUTH_TOKEN="$KEYPASS_KEY"
  claude`),
  ];
}

const environment = (origin: string): Ready => ready('environment', 'Environment, no code', `- export OPENAI_API_KEY="sk-…"
+ export OPENAI_BASE_URL="${origin}/v1"
+ export OPENAI_API_KEY="$KEYPASS_KEY"
- export ANTHROPIC_API_KEY="sk-ant-…"
+ export ANTHROPIC_BASE_URL="${origin}"
+ export ANTHROPIC_API_KEY="$KEYPASS_KEY"`);

const cursor = (origin: string): Ready => ready('cursor', 'Cursor', `  Cursor Settings, Models, API Keys
  
- OpenAI API Key:           sk-…
+ OpenAI API Key:           the virtual key
+ Override OpenAI Base URL: ${origin}/v1`,
'Cursor calls from its own servers, which see the key and must reach this address: give it a key of its own, with a budget.');
