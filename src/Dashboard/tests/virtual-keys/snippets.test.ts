import { expect, test } from 'vitest';
import { snippetsFor } from '../../src/pages/virtual-keys/snippets';

const origin = 'https://keys.example.com';
const textOf = (way: string, models: readonly string[] = []) => snippetsFor({ origin, providers: [], models }).find(({ value }) => value === way)?.text ?? '';

test('Each SDK gets the base address that it completes itself', () => {
  expect(textOf('curl')).toContain('curl https://keys.example.com/v1/chat/completions');
  expect(textOf('openai-python')).toContain('base_url="https://keys.example.com/v1"');
  expect(textOf('openai-typescript')).toContain("baseURL: 'https://keys.example.com/v1'");
  expect(textOf('openai-dotnet')).toContain('new Uri("https://keys.example.com/v1")');
  expect(textOf('anthropic-python')).toContain('base_url="https://keys.example.com"');
  expect(textOf('anthropic-typescript')).toContain("baseURL: 'https://keys.example.com'");
});

test('The example names a model that the key may call, where its limits name one', () => {
  const models = ['gpt-5*', 'claude-opus-4-1', 'o3'];
  expect(textOf('openai-python', models)).toContain('model="o3"');
  expect(textOf('anthropic-python', models)).toContain('model="claude-opus-4-1"');
  expect(textOf('openai-python')).toContain('model="gpt-5-mini"');
});

test('A key of Anthropic alone is shown with its own SDKs first', () => {
  expect(snippetsFor({ origin, providers: ['anthropic'], models: [] })[0]?.value).toBe('anthropic-python');
  expect(snippetsFor({ origin, providers: ['anthropic', 'openai'], models: [] })[0]?.value).toBe('curl');
});

test('The body of the curl command is JSON', () => {
  const body = /-d '(.*)'/.exec(textOf('curl'))?.[1] ?? '';
  expect(JSON.parse(body)).toMatchObject({ model: 'gpt-5-mini', messages: [{ role: 'user' }] });
});

test('Each shows the change that it is: what goes names no server of ours, what comes names this one, and both keys stay out of it', () => {
  for (const { value, text, lines } of snippetsFor({ origin, providers: [], models: [] })) {
    const of = (kind: string) => lines.filter((line) => line.kind === kind).map((line) => line.text).join('\n');
    expect(of('gone'), value).not.toContain(origin);
    expect(of('new'), value).toContain(origin);
    expect(text, value).not.toMatch(/km_live_|sk-/);
    expect(text, value).toBe(lines.filter(({ kind }) => kind !== 'gone').map((line) => line.text).join('\n'));
  }
});

test('A key that reaches the sandbox only is shown a model of the sandbox', () => {
  const snippets = snippetsFor({ origin, providers: ['sandbox'], models: [] });
  for (const { value, text } of snippets) expect(text, value).not.toMatch(/gpt-|claude-\w+-\d/);
  expect(snippets.filter(({ text }) => text.includes('sandbox-ok')).length).toBeGreaterThan(5);
});
