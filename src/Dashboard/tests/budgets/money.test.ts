import { describe, expect, test } from 'vitest';
import { dollars, nanoOfCents, readCents, readCount, typedCents } from '../../src/budgets/money';

const inUs = (nano: bigint, round?: 'up' | 'down') => dollars(nano, round, 'en-US');

test.each([
  [0n, '$0.00'], [5_000_000_000n, '$5.00'], [3_100_000_000n, '$3.10'], [4_200_000n, '$0.0042'], [37_900_000n, '$0.0379'], [500_000_000n, '$0.50'],
  [10_000_000n, '$0.01'], [1_234_567_890_000_000n, '$1,234,567.89'],
])('%s nano-dollars are %s', (nano, text) => {
  expect(inUs(nano)).toBe(text);
});

test('What was spent is never shown as less, and what is left never as more', () => {
  expect([inUs(1n), inUs(1n, 'down')]).toEqual(['$0.0001', '$0.00']);
  expect([inUs(4_999_000_000n), inUs(4_999_000_000n, 'down')]).toEqual(['$5.00', '$4.99']);
  expect([inUs(999_900_000n), inUs(999_900_001n)]).toEqual(['$0.9999', '$1.00']);
});

test('The largest budget keeps each cent, which fractions would not', () => {
  expect(inUs(nanoOfCents(1_000_000_000))).toBe('$10,000,000.00');
  expect(inUs(nanoOfCents(999_999_999) + 1n, 'down')).toBe('$9,999,999.99');
});

test('In other countries it is written as people write it there', () => {
  expect(dollars(1_234_500_000_000n, 'up', 'de-DE')).toBe('1.234,50\u00a0$');
});

describe('What is typed', () => {
  test.each([
    ['5', 500], ['5.5', 550], ['5.50', 550], ['0.01', 1], ['0', 0], [' $12 ', 1200], ['1,000', 100_000], ['1,234,567.89', 123_456_789],
    ['10000000', 1_000_000_000],
  ])('%s is %i cents', (text, cents) => {
    expect(readCents(text, 'en-US')).toBe(cents);
  });

  test.each(['5.555', '1e3', '5,50', '1,00', '1,0000', '', ' ', '-5', '+5', '.5', '5.', 'five', '5 000', '0x10', '٥', 'Infinity'])('%s is refused', (text) => {
    expect(readCents(text, 'en-US')).toBeUndefined();
  });

  test.each([
    ['de-DE', '5,50', 550], ['de-DE', '5.50', 550], ['de-DE', '1.234,50', 123_450], ['de-DE', '1.000', 100_000], ['fr-FR', '1 234,5', 123_450],
    ['fr-FR', '1\u202f234,50', 123_450], ['en-IN', '1,000.50', 100_050],
  ])('with the marks of %s, %s is %i cents', (locale, text, cents) => {
    expect(readCents(text, locale)).toBe(cents);
  });

  test.each([['de-DE', '5,555'], ['fr-FR', '5,555'], ['de-DE', '5.5555']])('and in %s, %s is refused', (locale, text) => {
    expect(readCents(text, locale)).toBeUndefined();
  });

  test.each([0, 1, 99, 550, 123_456_789, 1_000_000_000])('%i cents come out of a field as they went into it', (cents) => {
    for (const locale of ['en-US', 'de-DE', 'fr-FR', 'de-CH', 'ar-EG', 'fa-IR']) expect(readCents(typedCents(cents, locale), locale)).toBe(cents);
  });

  test('A count has no cents', () => {
    expect(['60', '1,000', ' 7 '].map((text) => readCount(text, 'en-US'))).toEqual([60, 1000, 7]);
    expect(['1.5', '1e3', '-1', ''].map((text) => readCount(text, 'en-US'))).toEqual([undefined, undefined, undefined, undefined]);
  });
});
