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

/** How who has no red, or no green, cones sees a colour: Viénot, Brettel and Mollon 1999, on linear light. */
const blindness: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  protan: [[.11238, .88762, 0], [.11238, .88762, 0], [.00401, -.00401, 1]],
  deutan: [[.29275, .70725, 0], [.29275, .70725, 0], [-.02234, .02234, 1]],
};

describe.each([['light', light], ['dark', dark]])('In a chart in %s mode', (_, block) => {
  test.each(Object.keys(blindness))('who is %s tells each series from the next', (kind) => {
    const seen = [1, 2, 3, 4, 5].map((place) => {
      const rgb = linear(colour(block, `series-${place}`));
      return (blindness[kind] ?? []).map((row) => row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]);
    });
    for (const [place, one] of seen.slice(1).entries()) {
      const before = seen[place] ?? [];
      expect(Math.hypot(...one.map((channel, at) => Math.cbrt(Math.max(0, channel)) - Math.cbrt(Math.max(0, before[at] ?? 0))))).toBeGreaterThan(.15);
    }
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

function linear(hex: string): [number, number, number] {
  return [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
}

function luminance(hex: string): number {
  const [red, green, blue] = linear(hex);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
