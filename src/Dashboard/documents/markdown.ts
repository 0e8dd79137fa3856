import { escapeHtml, type LinkTo, MarkdownFault, plainWords, spansToHtml } from './spans.ts';

export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly words: string;
}

export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** The Markdown that our documents are written in, and no other: what is not known here stops the build instead of looking odd. */
export function renderMarkdown(text: string, linkTo: LinkTo): Rendered {
  const headings = headingsOf(text);
  return { html: blocksToHtml(text.replace(/\n+$/, '').split('\n'), 1, { linkTo, ids: headings.map(({ id }) => id) }), headings };
}

/** With the ids that GitHub gives them. */
export function headingsOf(text: string): readonly Heading[] {
  const seen = new Map<string, number>();
  return withoutFences(text).split('\n').filter((line) => headingLine.test(line)).map((line) => {
    const words = plainWords(line.replace(headingLine, ''));
    const slug = words.trim().toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return { level: line.indexOf(' '), id: before === 0 ? slug : `${slug}-${before}`, words };
  });
}

interface Around {
  readonly linkTo: LinkTo;
  /** Of the headings to come. */
  readonly ids: string[];
}

interface Block {
  readonly html: string;
  /** How many lines it took. */
  readonly lines: number;
}

const headingLine = /^#{1,4} /;
const listLine = /^(?:(-)|(\d+)\.) +(?=\S)/;
const fenceMark = '```';
/** What GitHub takes for something of its own. */
const unknownLine = /^(?:\s|[-*_=]{2,}\s*$|[+*] |\d+\) |#{5}|#+[^ #]|~~~|\[[^\]]+\]:|- \[[ x]\])/i;

function blocksToHtml(lines: readonly string[], firstLine: number, around: Around): string {
  const html: string[] = [];
  for (let at = 0; at < lines.length;) {
    if (lines[at] === '') { at++; continue; }
    try {
      const block = blockAt(lines.slice(at), firstLine + at, around);
      html.push(block.html);
      at += block.lines;
    } catch (fault) {
      if (!(fault instanceof MarkdownFault) || fault.message.startsWith('line ')) throw fault;
      throw new MarkdownFault(`line ${firstLine + at}: ${fault.message}`);
    }
  }
  return html.join('\n');
}

function blockAt(lines: readonly string[], firstLine: number, around: Around): Block {
  const [first = ''] = lines;
  if (first.startsWith(fenceMark)) return fence(lines);
  if (headingLine.test(first)) return heading(first, around);
  if (first.startsWith('|')) return table(lines, around);
  if (first.startsWith('>')) return quote(lines, firstLine, around);
  if (unknownLine.test(first)) throw new MarkdownFault(`a form that these pages do not know: ${first.slice(0, 40)}`);
  if (listLine.test(first)) return list(lines, around);
  return paragraph(lines, around);
}

function fence(lines: readonly string[]): Block {
  const language = /^```([a-z]*)$/.exec(lines[0] ?? '')?.[1];
  const end = lines.indexOf(fenceMark, 1);
  if (language === undefined || end < 0) throw new MarkdownFault('a block of code without an end, or with more than a language behind its start');
  const name = language === '' ? '' : ` class="language-${language}"`;
  return { html: `<pre tabindex="0"><code${name}>${escapeHtml(lines.slice(1, end).join('\n'))}</code></pre>`, lines: end + 1 };
}

function heading(line: string, { linkTo, ids }: Around): Block {
  const level = line.indexOf(' ');
  return { html: `<h${level} id="${escapeHtml(ids.shift() ?? '')}">${spansToHtml(line.slice(level + 1), linkTo)}</h${level}>`, lines: 1 };
}

function table(lines: readonly string[], { linkTo }: Around): Block {
  const end = lines.findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(0, end < 0 ? undefined : end).map(cellsOf);
  const [head = [], divider = [], ...body] = rows;
  if (body.length === 0 || !divider.every((cell) => /^-{3,}$/.test(cell))) {
    throw new MarkdownFault('a table without a row of dashes below its head, or without rows');
  }
  if (rows.some((row) => row.length !== head.length)) throw new MarkdownFault('a table whose rows differ in length');
  if (end >= 0 && lines[end] !== '') throw new MarkdownFault('a table without an empty line behind it');
  const cells = (row: readonly string[], element: string) => row.map((cell) => `<${element}>${spansToHtml(cell, linkTo)}</${element}>`).join('');
  // A heading without words is none for who hears the page.
  const headCells = head.map((cell) => (cell === '' ? '<td></td>' : `<th scope="col">${spansToHtml(cell, linkTo)}</th>`)).join('');
  const bodyRows = body.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return {
    html: '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'
      + `<thead><tr>${headCells}</tr></thead>\n<tbody>\n${bodyRows}\n</tbody>\n</table></div>`,
    lines: rows.length,
  };
}

function cellsOf(line: string): readonly string[] {
  if (!line.endsWith('|')) throw new MarkdownFault(`a row of a table without an end: ${line.slice(0, 40)}`);
  return line.slice(1, -1).split('|').map((cell) => cell.trim());
}

function quote(lines: readonly string[], firstLine: number, around: Around): Block {
  const end = lines.findIndex((line) => !line.startsWith('>'));
  const own = lines.slice(0, end < 0 ? undefined : end);
  if (end >= 0 && lines[end] !== '') throw new MarkdownFault('a quotation without an empty line behind it');
  const inner = own.map((line) => line.replace(/^> ?/, ''));
  return { html: `<blockquote>${blocksToHtml(inner, firstLine, around)}</blockquote>`, lines: own.length };
}

/** Items of words: a list in a list, or code in one, is better said in another way. */
function list(lines: readonly string[], { linkTo }: Around): Block {
  const ordered = !(lines[0] ?? '').startsWith('-');
  const items: string[] = [];
  let taken = 0;
  for (; taken < lines.length; taken++) {
    const line = lines[taken] ?? '';
    const mark = listLine.exec(line);
    if (line === '') {
      if (!listLine.test(lines[taken + 1] ?? '')) break;
    } else if (mark) {
      if ((mark[1] === undefined) !== ordered) throw new MarkdownFault('two kinds of list without words between them');
      if (ordered && Number(mark[2]) !== items.length + 1) throw new MarkdownFault(`a list that counts otherwise than 1, 2, 3: ${line.slice(0, 40)}`);
      items.push(line.slice(mark[0].length));
    } else if (/^ {2,3}\S/.test(line) && !startsBlock(line.trimStart())) {
      items.push(`${items.pop() ?? ''} ${line.trimStart()}`);
    } else {
      throw new MarkdownFault(`neither an item of the list nor the rest of one: ${line.slice(0, 40)}`);
    }
  }
  const element = ordered ? 'ol' : 'ul';
  return { html: `<${element}>\n${items.map((item) => `<li>${spansToHtml(item, linkTo)}</li>`).join('\n')}\n</${element}>`, lines: taken };
}

function paragraph(lines: readonly string[], { linkTo }: Around): Block {
  const end = lines.indexOf('');
  const own = lines.slice(0, end < 0 ? undefined : end);
  for (const line of own.slice(1)) {
    if (startsBlock(line)) throw new MarkdownFault(`no empty line before: ${line.slice(0, 40)}`);
  }
  if (own.some((line) => line.endsWith(' '))) throw new MarkdownFault('a space at the end of a line');
  return { html: `<p>${spansToHtml(own.join(' '), linkTo)}</p>`, lines: own.length };
}

function startsBlock(line: string): boolean {
  return line.startsWith(fenceMark) || [headingLine, listLine, unknownLine, /^[|>]/].some((start) => start.test(line));
}

function withoutFences(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, '');
}
