// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/pages/settings/audit-words';

describe('The journal', () => {
  const server = fileURLToPath(new URL('../../../Server', import.meta.url));
  /** The stores write the journal, and name an action nowhere but there. */
  const actions = readdirSync(server, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('Store.cs') && !/(^|[\\/])(bin|obj)[\\/]/.test(path))
    .flatMap((path) => [...readFileSync(`${server}/${path}`, 'utf8').matchAll(/"(\w+\.\w+ed)"/g)].map(([, action]) => action ?? ''));

  test('finds what the server writes', () => {
    expect(actions).toContain('key.rotated');
    expect(new Set(actions).size).toBeGreaterThan(20);
  });

  test.each([...new Set(actions)])('says %s in words', (action) => {
    expect(wordsOf(action)).toMatch(/^[A-Z][^.]+$/);
  });
});
