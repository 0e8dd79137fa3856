// @vitest-environment node
import { expect, test } from 'vitest';
import { makePages } from '../../documents/pages';

const template = '<title>{{title}}</title><nav>{{list}}</nav>{{heading}}{{sections}}<main>{{text}}</main>{{about}}{{name}}';
const parts = [{
  title: 'Begin',
  pages: [
    { name: 'one', source: 'docs/ONE.md', label: 'First & one', about: 'The first.' },
    { name: 'two', source: 'docs/how-to/two.md', label: 'Second', about: 'The second.' },
  ],
}];

function pagesOf(texts: Readonly<Record<string, string>>) {
  const sources: Readonly<Record<string, string>> = { 'docs/ONE.md': '# One\n\n## Part\n\n## Other', 'docs/how-to/two.md': '# Two', ...texts };
  return makePages(parts, template, { read: (path) => sources[path] ?? '', exists: (path) => path === 'src/A.cs' });
}

test('Links between documents lead to their pages, in Markdown to their Markdown', () => {
  const pages = pagesOf({ 'docs/how-to/two.md': '# Two\n\n[a `b`](../ONE.md#part) [c](#two)\n[d](../../src/A.cs) `[e](f)`\n\n```\n[g](h)\n```\n' });
  expect(pages.get('docs/two.html')).toContain('<a href="/docs/one#part">a <code>b</code></a> <a href="/docs/two#two">c</a> d <code>[e](f)</code>');
  expect(pages.get('docs/two.md')).toBe('# Two\n\n[a `b`](/docs/one.md#part) [c](/docs/two.md#two)\nd `[e](f)`\n\n```\n[g](h)\n```\n');
});

test.each(['../GONE.md', '../ONE.md#gone', '#gone', '../../../outside.md', '../../src/A.cs#L1', '/docs/api', 'javascript:alert(1)', 'data:a', '//example.com'])(
  'The build stops at a link to %s', (target) => {
    expect(() => pagesOf({ 'docs/how-to/two.md': `# Two\n\n[a](${target})` })).toThrow(/^docs\/how-to\/two.md: line 3: /);
  },
);

test('A page has its title, the list of all with itself marked, and its own parts', () => {
  const page = pagesOf({}).get('docs/one.html') ?? '';
  expect(page).toContain('<title>First &amp; one</title>');
  expect(page).toContain('<a href="/docs/one" aria-current="page">First &amp; one</a>');
  expect(page).toContain('<a href="/docs/two">Second</a>');
  expect(page).toContain('<li><a href="#part">Part</a></li><li><a href="#other">Other</a></li>');
  expect(page).toContain('<h1 id="one">One</h1>');
});

test('A document begins with its one title', () => {
  expect(() => pagesOf({ 'docs/ONE.md': 'Words' })).toThrow(/^docs\/ONE.md: one heading/);
  expect(() => pagesOf({ 'docs/ONE.md': '# A\n\n# B' })).toThrow(/^docs\/ONE.md: one heading/);
});

test('The first page and the lists for programs name every document', () => {
  const pages = pagesOf({});
  expect(pages.get('docs/index.html')).toContain('<a href="/docs/two">Second</a>: The second.');
  expect(pages.get('docs/index.md')).toContain('- [Second](/docs/two.md): The second.');
  expect(pages.get('llms.txt')).toContain('- [Second](/docs/two.md): The second.');
  expect(pages.get('llms-full.txt')).toMatch(/^# One[^]*\n---\n\n# Two/);
});
