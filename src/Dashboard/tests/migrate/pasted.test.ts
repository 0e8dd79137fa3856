import { mintCredential } from '@keypass/vault-client/kp1';
import { expect, test } from 'vitest';
import { readPasted } from '../../src/pages/migrate/pasted';
import type { Provider } from '../../src/pages/keys/providers';

const provider = (id: string, name: string, prefix: string): Provider =>
  ({ id, name, prefix, origin: undefined, scheme: 'bearer', keyPage: undefined, fields: [] });
const providers = [provider('openai', 'OpenAI', 'sk-'), provider('anthropic', 'Anthropic', 'sk-ant-')];
const read = (text: string) => readPasted(text, providers);
const wrongIn = (text: string) => {
  const pasted = read(text);
  return 'wrong' in pasted ? pasted.wrong : undefined;
};

test('A virtual key is taken, and what it says of its mode', () => {
  const [live, test] = [mintCredential('km_live_'), mintCredential('km_test_')];
  expect(read(live)).toEqual({ credential: live, test: false, spaced: false });
  expect(read(test)).toEqual({ credential: test, test: true, spaced: false });
});

test('Space around it is left out, and told', () => {
  const live = mintCredential('km_live_');
  expect(read(` ${live}\n`)).toEqual({ credential: live, test: false, spaced: true });
});

test('Another credential of ours is called by its name', () => {
  expect(wrongIn(mintCredential('kp_at_'))).toContain('access token of a connected app');
  expect(wrongIn(mintCredential('kp_pat_'))).toContain('management token');
  expect(wrongIn(mintCredential('kp_ss_'))).toContain('no virtual key');
});

test('One that is not whole says what is wrong with it', () => {
  const live = mintCredential('km_live_');
  expect(wrongIn(live.slice(0, -3))).toContain('cut off: 54 characters of 57');
  expect(wrongIn(`${live}abc`)).toContain('too long: 60 characters');
  expect(wrongIn(`${live.slice(0, -1)}${live.endsWith('a') ? 'b' : 'a'}`)).toContain('its last six');
  expect(wrongIn(`${live.slice(0, 20)} ${live.slice(20)}`)).toContain('within it');
});

test('A provider’s own key is named and refused, whoever’s it is, and never taken', () => {
  expect(wrongIn('sk-ant-api03-abc')).toContain('a key of Anthropic');
  expect(wrongIn('sk-proj-abc')).toContain('a key of OpenAI');
  expect(readPasted('sk-proj-abc', [])).toMatchObject({ wrong: expect.stringContaining('a provider’s own key') as string });
  expect(wrongIn('AIzaSyAbc')).toContain('sent nowhere');
  expect(wrongIn('hunter2')).toContain('no virtual key');
  expect(wrongIn('  ')).toContain('Paste a virtual key first');
});
