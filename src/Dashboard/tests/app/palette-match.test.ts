import { expect, test } from 'vitest';
import { matching, receiptAt } from '../../src/app/palette-match';

const places = ['Keys', 'Virtual keys', 'nightly-report', 'Connections']
  .map((label) => ({ value: label, label, hint: label === 'nightly-report' ? 'openai key' : 'page' }));
const found = (typed: string) => matching(places, typed).map(({ label }) => label);

test('What begins with what was typed comes first, then what has a word that does, then what has it anywhere', () => {
  expect(found('key')).toEqual(['Keys', 'Virtual keys', 'nightly-report']);
  expect(found('REPORT')).toEqual(['nightly-report']);
  expect(found('ection')).toEqual(['Connections']);
  expect(found('nothing such')).toEqual([]);
});

test('Every word must be there, in any order, also the kind of thing', () => {
  expect(found('keys virt')).toEqual(['Virtual keys']);
  expect(found('openai night')).toEqual(['nightly-report']);
});

test('A pasted request id leads to its receipt, with and without its beginning, and nothing else does', () => {
  const digits = '0198c5a2b7d97c3e8f00aabbccddeeff';
  expect(receiptAt(` req_${digits}\n`)).toBe(`/logs/req_${digits}`);
  expect(receiptAt(digits.toUpperCase())).toBe(`/logs/req_${digits}`);
  expect([receiptAt('req_1'), receiptAt(`${digits}0`), receiptAt('')]).toEqual([undefined, undefined, undefined]);
});
