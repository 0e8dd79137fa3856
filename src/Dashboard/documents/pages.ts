import { posix } from 'node:path';
import { type BookPage, type BookPart, indexMarkdown, lead, llmsText } from './book.ts';
import { headingsOf, renderMarkdown, type Rendered } from './markdown.ts';
import { escapeHtml, type LinkTo, MarkdownFault, retarget } from './spans.ts';

/** The repository, as far as the pages ask it. */
export interface Sources {
  readonly read: (path: string) => string;
  readonly exists: (path: string) => boolean;
}

const contents: BookPage = { name: 'index', source: 'index.md', label: 'Documentation', about: lead };

/** Every file of the documentation, by its name below the server's address. */
export function makePages(parts: readonly BookPart[], template: string, { read, exists }: Sources): ReadonlyMap<string, string> {
  const pages = [contents, ...parts.flatMap((part) => part.pages)];
  const texts = new Map(pages.map((page) => [page.source, page === contents ? indexMarkdown(parts) : read(page.source)]));

  const linkFrom = (from: BookPage, ending: string): LinkTo => (target) => {
    if (/^https?:\/\//.test(target)) return target;
    const [path = '', heading] = target.split('#');
    const source = path === '' ? from.source : posix.join(posix.dirname(from.source), path);
    const text = texts.get(source);
    if (text === undefined) {
      // A file of the repository, which a reader of these pages may not have.
      if (heading === undefined && !source.startsWith('..') && exists(source)) return undefined;
      throw new MarkdownFault(`a link to ${target}, where there is nothing`);
    }
    if (heading !== undefined && !headingsOf(text).some(({ id }) => id === heading)) throw new MarkdownFault(`a link to ${target}: no such heading`);
    const page = pages.find((one) => one.source === source) ?? from;
    const address = page === contents && ending === '' ? '/docs' : `/docs/${page.name}${ending}`;
    return heading === undefined ? address : `${address}#${heading}`;
  };

  const files = new Map<string, string>();
  for (const page of pages) {
    const text = texts.get(page.source) ?? '';
    try {
      files.set(`docs/${page.name}.html`, fill(template, parts, page, renderMarkdown(text, linkFrom(page, ''))));
      files.set(`docs/${page.name}.md`, withLinks(text, linkFrom(page, '.md')));
    } catch (fault) {
      throw fault instanceof MarkdownFault ? new Error(`${page.source}: ${fault.message}`) : fault;
    }
  }
  files.set('llms.txt', llmsText(parts));
  files.set('llms-full.txt', pages.slice(1).map(({ name }) => files.get(`docs/${name}.md`) ?? '').join('\n---\n\n'));
  return files;
}

/** Markdown whose links lead to where it is published. */
function withLinks(text: string, linkTo: LinkTo): string {
  return text.split(/(^```[^]*?^```$)/m).map((piece, at) => (at % 2 === 0 ? retarget(piece, linkTo) : piece)).join('');
}

function fill(template: string, parts: readonly BookPart[], page: BookPage, { html, headings }: Rendered): string {
  const [title, ...others] = headings;
  if (title?.level !== 1 || others.some(({ level }) => level === 1)) throw new MarkdownFault('one heading of the first level is asked for, at the beginning');
  const titleEnd = html.indexOf('</h1>') + '</h1>'.length;
  const sections = others.filter(({ level }) => level === 2);
  const filling: Readonly<Record<string, string>> = {
    title: escapeHtml(page === contents ? 'Documentation' : page.label),
    about: escapeHtml(page.about),
    name: page.name,
    list: listOf(parts, page),
    heading: html.slice(0, titleEnd),
    sections: page === contents || sections.length < 2 ? '' : `<nav class="sections" aria-labelledby="sections"><p id="sections">On this page</p><ul>${
      sections.map(({ id, words }) => `<li><a href="#${escapeHtml(id)}">${escapeHtml(words)}</a></li>`).join('')}</ul></nav>`,
    text: html.slice(titleEnd),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const part = filling[name];
    if (part === undefined) throw new Error(`the template asks for {{${name}}}`);
    return part;
  });
}

function listOf(parts: readonly BookPart[], current: BookPage): string {
  return parts.map(({ title, pages }) => `<p>${escapeHtml(title)}</p><ul>${pages.map((page) => {
    const here = page === current ? ' aria-current="page"' : '';
    return `<li><a href="/docs/${page.name}"${here}>${escapeHtml(page.label)}</a></li>`;
  }).join('')}</ul>`).join('');
}
