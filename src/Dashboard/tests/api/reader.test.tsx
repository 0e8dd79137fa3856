import { beforeEach, describe, expect, test } from 'vitest';
import { ApiPage } from '../../src/pages/api/ApiPage';
import { readDescription } from '../../src/pages/api/operations';
import { paragraphsOf } from '../../src/pages/api/paragraphs';
import { after, find, mount, serverAnswers, wordsIn } from '../support';

const answered = { 200: { description: 'OK', content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'string' } } } } } } };
const description = {
  openapi: '3.1.1',
  info: { title: 'KeyPass API', version: '0.1.0' },
  tags: [{ name: 'Vault', description: 'Keys in the `vault`.' }, { name: 'Empty' }],
  security: [{ fallback: [] }],
  paths: {
    '/healthz': { get: { tags: ['Operation'], operationId: 'GetHealth', summary: 'Alive', 'x-keypass-auth': [], responses: {} } },
    '/v1/keys/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: {
        tags: ['Vault'],
        operationId: 'GetKey',
        summary: 'One key',
        description: '<img src=x onerror=alert(1)> is text',
        'x-keypass-auth': ['session', 'managementToken'],
        responses: answered,
      },
      delete: { tags: ['Vault'], summary: 'Remove a key', responses: answered },
    },
  },
};

beforeEach(() => { history.replaceState(null, '', '/docs/api'); });

async function open(body: unknown = description, status = 200): Promise<HTMLElement> {
  serverAnswers(status, body);
  const page = await mount(<ApiPage />);
  await after(() => undefined);
  return page;
}

describe('The API reader', () => {
  test('groups operations by tag, in the order of the document, without empty groups', async () => {
    const page = await open();
    expect([...page.querySelectorAll('h2')].map(wordsIn)).toEqual(['Vault', 'Operation']);
    expect([...page.querySelectorAll('.operation h3')].map(wordsIn)).toEqual(['GET /v1/keys/{id}', 'DELETE /v1/keys/{id}', 'GET /healthz']);
  });

  test('opens the operation a link names, with who may call it and its parameters', async () => {
    history.replaceState(null, '', '/docs/api#GetKey');
    const page = await open();
    const operation = find(page, '#GetKey');
    expect(operation.hasAttribute('open')).toBe(true);
    expect(wordsIn(operation)).toContain('Session · the browser’s cookie, or Bearer kp_ss_…');
    expect(wordsIn(operation)).toContain('Management token · Bearer kp_pat_…');
    expect(wordsIn(operation)).toContain('id in path · string required');
    expect(wordsIn(find(operation, 'pre'))).toBe('{ "id": "string" }');
  });

  test('follows a link to another operation while it is open, even one the filter hides', async () => {
    const page = await open();
    await type(page, 'remove');
    history.replaceState(null, '', '/docs/api#GetHealth');
    await after(() => { dispatchEvent(new Event('hashchange')); });
    expect(find(page, '#GetHealth').hasAttribute('open')).toBe(true);
    expect(wordsIn(find(page, '#GetHealth'))).toContain('Anyone, without a credential.');
  });

  test('shows markup in a description as the text it is', async () => {
    history.replaceState(null, '', '/docs/api#GetKey');
    const page = await open();
    expect(page.querySelector('img')).toBeNull();
    expect(wordsIn(page)).toContain('<img src=x onerror=alert(1)> is text');
  });

  test('filters by any words in any order, counts, and offers the way back', async () => {
    const page = await open();
    await type(page, 'key REMOVE');
    expect(wordsIn(find(page, 'aside [role=status]'))).toBe('1 of 3 operations');
    await type(page, 'nothing like it');
    expect(wordsIn(find(page, '.groups'))).toContain('No operation contains “nothing like it”');
    await after(() => { find(page, '.groups button').click(); });
    expect(wordsIn(find(page, 'aside [role=status]'))).toBe('3 operations');
  });

  test('says why the description could not be read, and tries again', async () => {
    const page = await open('<h1>Bad gateway</h1>', 502);
    expect(wordsIn(find(page, '[role=alert]'))).toContain('The server answered with status 502.');
    serverAnswers(200, description);
    await after(() => { find(page, '[role=alert] button').click(); });
    expect(page.querySelectorAll('.operation')).toHaveLength(3);
  });

  test('tells a document that is not OpenAPI, and one without operations, apart', async () => {
    expect(wordsIn(await open({ swagger: '2.0' }))).toContain('not an OpenAPI 3 document');
    expect(wordsIn(await open({ openapi: '3.1.1', info: {}, paths: {} }))).toContain('describes no operations yet');
  });
});

test('Without our extension the security of the operation, then of the document, says who may call it', () => {
  const operations = readDescription({ ...description, paths: {
    '/a': { get: { security: [] }, post: { security: [{ session: [] }, { other: [] }] }, put: {} },
  } })?.groups[0]?.operations ?? [];
  expect(operations.map((operation) => operation.callers?.map((caller) => caller.name))).toEqual([[], ['Session', 'other'], ['fallback']]);
});

test('A description is split into paragraphs and code, nothing else', () => {
  expect(paragraphsOf('Send `a` or\n`b`.\n\n  *Last*  ')).toEqual([
    [{ text: 'Send ', code: false }, { text: 'a', code: true }, { text: ' or ', code: false }, { text: 'b', code: true }, { text: '.', code: false }],
    [{ text: '*Last*', code: false }],
  ]);
  expect(paragraphsOf('one ` alone')).toEqual([[{ text: 'one ` alone', code: false }]]);
});

async function type(page: HTMLElement, words: string): Promise<void> {
  const input = find(page, 'input') as HTMLInputElement;
  await after(() => {
    input.value = words;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
