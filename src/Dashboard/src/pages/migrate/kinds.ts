import { isObject, listAt, objectAt, objectsAt, textAt, type JsonObject } from '../../app/json';

/** In whose words a call is made. */
export type Surface = 'openai' | 'anthropic' | 'gemini';

/** A model as a list of this server names it. */
export interface Listed {
  readonly id: string;
  /** Whose it is, where the list says so. */
  readonly provider: string;
}

export interface Kind {
  readonly id: string;
  readonly label: string;
  /** Who calls in this way. */
  readonly by: string;
  readonly surface: Surface;
  /** Below this server's address; `{model}` stands for one. */
  readonly path: string;
  readonly body: (model: Listed) => JsonObject;
  /** Of its list, those that make sense here. */
  readonly fits: (model: string) => boolean;
  /** Where the list has none: something that tells why. */
  readonly usual: Listed;
  /** What was answered, in a line. */
  readonly said: (answer: JsonObject) => string;
}

/** Short enough to cost next to nothing, and no shorter than every provider allows. */
const mostTokens = 16;
const hello = 'Say hello.';

/** Not for talking to. */
const otherwise = [
  /tts|whisper|transcri|audio|realtime|speech/i, /image|dall-e|sora|veo/i, /embed|moderation|rerank|ocr|guard|search|computer-use/i,
];
const talks = (model: string): boolean => !otherwise.some((one) => one.test(model));

/** The providers that take OpenAI's newer name for the limit; the others know the older one. */
const newName = new Set(['openai', 'xai', 'groq', 'sandbox']);
const limitOf = ({ id, provider }: Listed): JsonObject =>
  (newName.has(provider) || /^(?:.*\/)?(?:o\d|gpt-[5-9])/.test(id) ? { max_completion_tokens: mostTokens } : { max_tokens: mostTokens });

export const kinds: readonly Kind[] = [
  {
    id: 'chat', label: 'Chat completions', by: 'OpenAI’s SDKs, LangChain, Cursor, curl', surface: 'openai', path: '/v1/chat/completions', fits: talks,
    usual: { id: 'gpt-5-nano', provider: 'openai' },
    body: (model) => ({ model: model.id, ...limitOf(model), messages: [{ role: 'user', content: hello }] }),
    said: (answer) => textAt(objectAt(objectsAt(answer, 'choices')[0] ?? {}, 'message'), 'content') ?? '',
  },
  {
    id: 'responses', label: 'Responses', by: 'OpenAI’s SDKs', surface: 'openai', path: '/v1/responses', fits: talks,
    usual: { id: 'gpt-5-nano', provider: 'openai' },
    body: (model) => ({ model: model.id, max_output_tokens: mostTokens, input: hello }),
    said: (answer) => partsOf(objectsAt(answer, 'output').flatMap((one) => listAt(one, 'content'))),
  },
  {
    id: 'messages', label: 'Messages', by: 'Anthropic’s SDKs, Claude Code', surface: 'anthropic', path: '/v1/messages', fits: talks,
    usual: { id: 'claude-haiku-4-5', provider: 'anthropic' },
    body: (model) => ({ model: model.id, max_tokens: mostTokens, messages: [{ role: 'user', content: hello }] }),
    said: (answer) => partsOf(listAt(answer, 'content')),
  },
  {
    id: 'gemini', label: 'Generate content', by: 'Google’s Gen AI SDK', surface: 'gemini', path: '/v1beta/models/{model}:generateContent', fits: talks,
    usual: { id: 'gemini-2.5-flash-lite', provider: 'google' },
    body: () => ({ contents: [{ role: 'user', parts: [{ text: hello }] }], generationConfig: { maxOutputTokens: mostTokens } }),
    said: (answer) => partsOf(listAt(objectAt(objectsAt(answer, 'candidates')[0] ?? {}, 'content'), 'parts')),
  },
  {
    id: 'embeddings', label: 'Embeddings', by: 'OpenAI’s SDKs, LangChain', surface: 'openai', path: '/v1/embeddings',
    fits: (model) => /embed|^sandbox-ok$/.test(model), usual: { id: 'text-embedding-3-small', provider: 'openai' },
    body: (model) => ({ model: model.id, input: hello }),
    said: (answer) => `${listAt(objectsAt(answer, 'data')[0] ?? {}, 'embedding').length} numbers`,
  },
];

const partsOf = (parts: readonly unknown[]): string => parts.filter(isObject).map((part) => textAt(part, 'text') ?? '').join('');

export const pathFor = ({ path }: Kind, model: string): string => path.replace('{model}', model);

/** Beginning with the one that costs least, as its name tells. */
const cheap = [/^sandbox-ok$/, /nano|3-small/, /flash-lite|8b/, /mini|haiku|flash/];

/** Those of a list that suit a kind of call, the likely cheapest first. */
export function modelsFor(kind: Kind, listed: readonly Listed[]): readonly Listed[] {
  const fitting = listed.filter(({ id }) => kind.fits(id) && (kind.surface !== 'gemini' || /^[\w.-]+$/.test(id)));
  const place = ({ id }: Listed) => (cheap.findIndex((one) => one.test(id)) + cheap.length + 1) % (cheap.length + 1);
  return [...fitting].sort((one, other) => place(one) - place(other));
}
