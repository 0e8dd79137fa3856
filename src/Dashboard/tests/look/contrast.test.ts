// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const stylesheet = readFileSync(new URL('../../src/look/tokens.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = stylesheet.split('@media (prefers-color-scheme: dark)');

/** Which text may stand on which background, by the use the pages make of them. WCAG 1.4.3 asks 4.5:1. */
const readable: readonly (readonly [text: string, backgrounds: readonly string[]])[] = [
  ['ink', ['paper', 'card', 'brand-soft', 'warn-soft', 'bad-soft']],
  ['muted', ['paper', 'card', 'brand-soft', 'warn-soft', 'bad-soft']],
  ['brand', ['paper', 'card', 'brand-soft']],
  ['brand-ink', ['brand']],
  ['good', ['paper', 'card']],
  ['warn', ['paper', 'card', 'warn-soft']],
  ['bad', ['paper', 'card', 'bad-soft']],
];
/** Edges of controls, the focus ring, and the bar of what is spent. WCAG 1.4.11 asks 3:1. */
const visible: typeof readable = [['edge', ['paper', 'card']], ['half', ['paper', 'card']], ['focus', ['paper', 'card', 'brand-soft']],
  ...['series-1', 'series-2', 'series-3', 'series-4', 'series-5'].map((series) => [series, ['card']] as const)];

describe.each([['light', light], ['dark', dark]])('In %s mode', (_, block) => {
  test.each(pairs(readable))('%s can be read on %s', (text, background) => {
    expect(contrast(colour(block, text), colour(block, background))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(pairs(visible))('%s can be seen on %s', (edge, background) => {
    expect(contrast(colour(block, edge), colour(block, background))).toBeGreaterThanOrEqual(3);
  });
});

test('Both modes define the same colours', () => {
  const names = (block: string) => [...block.matchAll(/--([\w-]+): #/g)].map((match) => match[1]).sort();
  expect(names(dark)).toEqual(names(light));
});

test('The measure is right: black on white is 21, and a known pair is as published', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

function pairs(table: typeof readable): [string, string][] {
  return table.flatMap(([text, backgrounds]) => backgrounds.map((background): [string, string] => [text, background]));
}

function colour(block: string, name: string): string {
  const found = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(block)?.[1];
  if (found === undefined) throw new Error(`--${name} is not a six-digit colour in this mode`);
  return found;
}

/** WCAG 2.2, relative luminance. */
function contrast(one: string, other: string): number {
  const [brighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
