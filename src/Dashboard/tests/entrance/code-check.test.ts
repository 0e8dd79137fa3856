import { expect, test } from 'vitest';
import { askedCount, chooseGroups, codeSheet, isGroup, randomBelow } from '../../src/pages/entrance/code-check';

const code = '0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ';

test('Three different groups are asked for, in their order, whatever is drawn', () => {
  for (const draw of [() => 0, (below: number) => below - 1, randomBelow]) {
    const groups = chooseGroups(draw);
    expect(new Set(groups).size).toBe(askedCount);
    expect([...groups].sort()).toEqual(groups);
    expect(groups.every((group) => group >= 0 && group < 8)).toBe(true);
  }
});

test('Every number below the limit is drawn, and none beyond', () => {
  const drawn = new Set(Array.from({ length: 2000 }, () => randomBelow(7)));
  expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test.each([['4567', true], ['4567 ', true], ['45 67', true], ['4568', false], ['456', false], ['45678', false], ['', false]])(
  'Typed back as %s',
  (typed, right) => { expect(isGroup(typed, code, 1)).toBe(right); },
);

test('A group is read as tolerantly as the code', () => {
  expect(isGroup('o1z3', 'O123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ', 0)).toBe(false);
  expect(isGroup('oi23', code, 0)).toBe(true);
  expect(isGroup('cdef', code, 3)).toBe(true);
});

test('The sheet says what it is, for whom, and what it can do', () => {
  const sheet = codeSheet(code, 'ana@example.org', 'https://keys.example.org', new Date('2026-11-21T10:00:00Z'));
  for (const part of [code, 'ana@example.org', 'https://keys.example.org/recover', '2026-11-21', 'can read every key']) expect(sheet).toContain(part);
});
