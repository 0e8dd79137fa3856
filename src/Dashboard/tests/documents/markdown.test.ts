// @vitest-environment node
import { describe, expect, test } from 'vitest';
import { headingsOf, renderMarkdown } from '../../documents/markdown';
import { MarkdownFault } from '../../documents/spans';

const html = (text: string): string => renderMarkdown(text, (target) => target).html;

describe('What our documents are written in becomes', () => {
  test.each<[string, string, string]>([
    ['headings with the ids that GitHub gives', '## The `house`: layout & words',
      '<h2 id="the-house-layout--words">The <code>house</code>: layout &amp; words</h2>'],
    ['paragraphs', 'One line\nand another.\n\nA second.', '<p>One line and another.</p>\n<p>A second.</p>'],
    ['lists', '- one\n  and more\n- two', '<ul>\n<li>one and more</li>\n<li>two</li>\n</ul>'],
    ['lists with room between', '1. one\n\n2. two', '<ol>\n<li>one</li>\n<li>two</li>\n</ol>'],
    ['code with its language', '```ts\nconst a = "<b>";\n\n# no heading\n```',
      '<pre tabindex="0"><code class="language-ts">const a = &quot;&lt;b&gt;&quot;;\n\n# no heading</code></pre>'],
    ['code without one', '```\n| no table |\n```', '<pre tabindex="0"><code>| no table |</code></pre>'],
    ['quotations', '> *Sealed keys.* They\n> stay shut.', '<blockquote><p><em>Sealed keys.</em> They stay shut.</p></blockquote>'],
    ['code among words', 'Call `GET /v1/<id>` or ``a `tick` ``.', '<p>Call <code>GET /v1/&lt;id&gt;</code> or <code>a `tick`</code>.</p>'],
    ['links', 'See [the `list`](https://example.com/a?b&c).', '<p>See <a href="https://example.com/a?b&amp;c">the <code>list</code></a>.</p>'],
    ['bold and emphasis', '**Bold `a**b`** and *soft*.', '<p><strong>Bold <code>a**b</code></strong> and <em>soft</em>.</p>'],
    ['names with an underscore', 'a snake_case_name of sorts', '<p>a snake_case_name of sorts</p>'],
  ])('%s', (_, text, expected) => { expect(html(text)).toBe(expected); });

  test('tables that scroll in themselves', () => {
    expect(html('| Code | |\n|---|---|\n| `a` | b |')).toBe(
      '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n<thead><tr><th scope="col">Code</th><td></td></tr></thead>\n'
      + '<tbody>\n<tr><td><code>a</code></td><td>b</td></tr>\n</tbody>\n</table></div>',
    );
  });

  test('words alone, where a link leads to nothing that is published', () => {
    expect(renderMarkdown('Read [`A.cs`](src/A.cs) too.', () => undefined).html).toBe('<p>Read <code>A.cs</code> too.</p>');
  });
});

test('Whatever is not markup of ours is text', () => {
  expect(html('1 < 2 & "so" it\'s > 0')).toBe('<p>1 &lt; 2 &amp; &quot;so&quot; it&#39;s &gt; 0</p>');
  expect(html('`<script>alert(1)</script>`')).not.toContain('<script');
  expect(html('[x](https://a.example/"onclick="y)')).toContain('href="https://a.example/&quot;onclick=&quot;y"');
});

test('Headings of the same words get ids of their own', () => {
  expect(headingsOf('# A\n\n## B c\n\n## B c\n\n```\n# none\n```\n')).toEqual([
    { level: 1, id: 'a', words: 'A' }, { level: 2, id: 'b-c', words: 'B c' }, { level: 2, id: 'b-c-1', words: 'B c' },
  ]);
});

test.each([
  ['markup', 'a <b>c</b>'], ['a comment', '<!-- a -->'], ['a script', '<script>alert(1)</script>'], ['an entity', 'a &amp; b'], ['a picture', '![a](b.png)'],
  ['a backslash', 'a \\* b'], ['struck words', '~~a~~'], ['a bare address', 'at https://example.com'], ['brackets', 'a [b] c'], ['an open link', '[a](b c)'],
  ['open code', 'a `b'], ['an open star', 'a *b'], ['a lone star', 'a * b'], ['three stars', '***a***'], ['an underscored word', 'so _very_ much'],
  ['a rule', '---'], ['an underlined heading', 'A\n==='], ['indented code', '    a'], ['a plus list', '+ a'], ['a starred list', '* a'],
  ['a reference', '[a]: b'], ['a task', '- [x] a'], ['a nested list', '- a\n  - b'], ['code in a list', '- a\n  ```\n  b\n  ```'], ['a lazy item', '- a\nb'],
  ['two lists at once', '- a\n1. b'], ['a list that counts wrong', '1. a\n3. b'], ['a list within words', 'a\n- b'], ['a table within words', 'a\n| b |'],
  ['a heading within words', 'a\n# b'], ['a deep heading', '##### a'], ['a heading without a space', '#a'], ['open code block', '```\na'],
  ['a block of tildes', '~~~\na\n~~~'], ['a block with more than a language', '```ts title\na\n```'], ['a short row', '| a | b |\n|---|---|\n| c |'],
  ['a pipe in a cell', '| a |\n|---|\n| `b|c` |'], ['a table without dashes', '| a |\n| b |'], ['an open row', '| a |\n|---|\n| b'],
  ['a space at an end', 'a  \nb'], ['a quotation of what is unknown', '> <b>'],
])('The build stops at what is not known: %s', (_, text) => {
  expect(() => html(text)).toThrow(MarkdownFault);
});

test('A fault names its line', () => {
  expect(() => html('# a\n\nb\n\n> c\n>\n> <i>')).toThrow(/^line 7: markup/);
});
