import { expect, test } from 'vitest';
import type { KeyRow } from '../../src/pages/keys/keys-api';
import { draftOf, emptyDraft, limitsOf, listIn, orderIn, usableOf, wrongIn } from '../../src/pages/virtual-keys/draft';
import { readVirtualKey } from '../../src/pages/virtual-keys/virtual-keys-api';

const answered = {
  id: 'v'.repeat(32), name: 'support bot', hint: 'x7Qp', mode: 'live', tags: ['team-blue', 'staging'], status: 'active', providerKeyIds: ['a', 'b'],
  providers: ['openai'], models: ['gpt-5*', 'o3'], routes: ['text'], cancelsOnHangUp: true, madeBy: 'account', approved: true,
  createdAt: '2026-11-21T10:00:00Z', expiresAt: null, lastUsedAt: null,
};
const row = (id: string, provider: string): KeyRow => ({
  id, provider, kind: 'key', origin: `https://${provider}.example`, version: 1, envelope: 'AA', label: id, custody: 'sealed', status: 'active', broken: false,
  createdAt: '', rotatedAt: undefined, lastTest: undefined,
});

test('What the server says of a key comes into the form and out of it again unchanged', () => {
  const read = readVirtualKey(answered);
  const draft = draftOf(read);
  expect(limitsOf(draft)).toEqual(read.limits);
  expect(listIn(draft.tags)).toEqual(read.tags);
  expect(draft).toMatchObject({ name: 'support bot', keyIds: ['a', 'b'], cancelsOnHangUp: true });
  expect(read).toMatchObject({ test: false, madeBy: undefined, expiresAt: undefined, lastUsedAt: undefined });
});

test('A list is read however it was separated, each entry once', () => {
  expect(listIn(' gpt-5*, o3\n\n o3 ,')).toEqual(['gpt-5*', 'o3']);
  expect(listIn('')).toEqual([]);
});

test('What is missing or cannot be meant is said at its field', () => {
  expect(wrongIn(emptyDraft, false)).toEqual({ name: 'Give it a name.', keyIds: 'Tick at least one: it calls with that.' });
  expect(wrongIn({ ...emptyDraft, name: 'x' }, true)).toEqual({});
  expect(wrongIn({ ...emptyDraft, name: 'x', keyIds: ['a'], models: 'gpt-5 mini' }, false).models).toContain('“gpt-5 mini” has a space');
});

test('Of two keys of one vendor the order of the ticks is the order of asking, and is said', () => {
  const rows = [row('a', 'openai'), row('b', 'openai'), row('c', 'groq')];
  const chosen = usableOf(['b', 'c', 'a', 'gone'], { rows, providers: [] });
  expect(chosen.map(({ id }) => id)).toEqual(['b', 'c', 'a']);
  expect(orderIn(chosen, ({ id }) => id)).toEqual(['b, then a']);
});
