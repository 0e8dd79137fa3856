import { expect, test } from 'vitest';
import { causeOf } from '../../src/pages/logs/cause';

const failed = (status: number, providerError?: { status: number; code?: string; message?: string }, code?: string, tags: string[] = []) => causeOf({
  status, code, tags,
  providerError: providerError && { status: providerError.status, code: providerError.code, message: providerError.message },
});

test('A call that went well needs no cause', () => {
  expect(failed(200)).toBeUndefined();
});

test.each([
  ['a key that is not taken', failed(502, { status: 401, code: 'invalid_api_key' }, 'provider_auth_failed'), 'does not take the provider key'],
  ['a key that Google does not know', failed(502, { status: 400, code: 'API_KEY_INVALID' }, 'provider_auth_failed'), 'does not take the provider key'],
  ['a missing permission', failed(403, { status: 403, code: 'permission_error' }), 'lacks a permission'],
  ['a rate limit', failed(429, { status: 429, code: 'rate_limit_exceeded' }), 'rate limit was reached'],
  ['OpenAI’s used-up credit', failed(429, { status: 429, code: 'insufficient_quota' }), 'no money left'],
  ['Anthropic’s used-up credit', failed(400, { status: 400, code: 'invalid_request_error', message: 'Your credit balance is too low' }), 'no money left'],
  ['a provider that is overloaded', failed(529, { status: 529 }), 'failure of its own'],
  ['a budget', failed(402, undefined, 'budget_exceeded'), 'budget is used up'],
  ['a word that this page does not know', failed(418, undefined, 'new_word'), 'KeyPass refused'],
])('Of %s the likely cause is said', (_, cause, words) => {
  expect(cause?.what).toContain(words);
});

test('It is mended where the credential is: at the key, or at the connection of an app', () => {
  expect(failed(402, undefined, 'budget_exceeded')?.mend?.href).toBe('/virtual-keys');
  expect(failed(402, undefined, 'budget_exceeded', ['connection:abc'])?.mend?.href).toBe('/connections/abc');
  expect(failed(502, { status: 401 }, 'provider_auth_failed')?.mend?.href).toBe('/keys');
});
