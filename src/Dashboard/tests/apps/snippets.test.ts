import { expect, test } from 'vitest';
import { snippetsFor } from '../../src/pages/apps/snippets';

const about = { origin: 'https://keys.example.com', clientId: 'kp_cid_abc', origins: ['https://notes.example'] };
const textOf = (way: string, origins: readonly string[] = about.origins) => snippetsFor({ ...about, origins }).find(({ value }) => value === way)?.text ?? '';

test('Each server has the address, the client id, and its secret from the environment', () => {
  expect(textOf('node')).toContain("clientId: 'kp_cid_abc',\n  clientSecret: process.env.KEYPASS_CLIENT_SECRET,\n  baseUrl: 'https://keys.example.com',");
  expect(textOf('dotnet')).toContain('ClientSecret = Environment.GetEnvironmentVariable("KEYPASS_CLIENT_SECRET")!');
  expect(textOf('curl')).toContain('curl https://keys.example.com/v1/link/sessions \\\n  -u "kp_cid_abc:$KEYPASS_CLIENT_SECRET"');
});

test('The bodies of the curl commands are JSON, with or without an origin', () => {
  for (const origins of [about.origins, []]) {
    const [asked, exchanged] = [...textOf('curl', origins).matchAll(/-d '(.*)'$/gm)].map(([, body = '']) => body.replace(`'"$PUBLIC_TOKEN"'`, 'kp_pt_x'));
    expect(JSON.parse(asked ?? '')).toEqual({
      requestedProviders: ['openai', 'anthropic'], budgetSuggestionCents: 1000, ...(origins.length > 0 && { origin: 'https://notes.example' }),
    });
    expect(JSON.parse(exchanged ?? '')).toEqual({ publicToken: 'kp_pt_x' });
  }
});

test('A page has no client id and no secret in it', () => {
  for (const way of ['bundler', 'script']) {
    expect(textOf(way)).toContain("apiBaseUrl: 'https://keys.example.com'");
    expect(textOf(way)).not.toMatch(/kp_cid|SECRET/);
  }
});
