/** Where a link leads, as an address; undefined where it leads to nothing that is published, so that only its words stay. */
export type LinkTo = (target: string) => string | undefined;

/** A document uses something that these pages do not show, or uses it wrongly. */
export class MarkdownFault extends Error {}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? '');
}

/** What GitHub shows as something else than its letters, and no document of ours needs. */
const unknown: readonly (readonly [what: RegExp, why: string])[] = [
  [/^<[a-z/!?]/i, 'markup: write it as code, or in words'],
  [/^&#?\w+;/, 'an entity: write the letter itself'],
  [/^\\/, 'a backslash: write it as code'],
  [/^!\[/, 'a picture: these pages have none'],
  [/^~~/, 'struck words: delete them'],
  [/^https?:/, 'a bare address: make it a link or code'],
];

/** The words of a paragraph, heading or cell as HTML: code, links, bold and emphasis; all else is text. */
export function spansToHtml(text: string, linkTo: LinkTo): string {
  let html = '';
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at);
    const fault = unknown.find(([what]) => what.test(rest));
    if (fault) throw new MarkdownFault(`${fault[1]}: ${rest.slice(0, 30)}`);
    if (/^_\w/.test(rest) && !/\w$/.test(text.slice(0, at))) throw new MarkdownFault(`emphasis is written with stars: ${rest.slice(0, 30)}`);
    const span = codeAt(text, at) ?? linkAt(text, at, linkTo) ?? starredAt(text, at, linkTo);
    html += span?.html ?? escapeHtml(rest.charAt(0));
    at = span?.end ?? at + 1;
  }
  return html;
}

/** Its words alone. */
export function plainWords(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
}

/** The same Markdown with other targets, for who reads that; code is left alone. */
export function retarget(text: string, linkTo: LinkTo): string {
  let next = '';
  for (let at = 0; at < text.length;) {
    const link = text[at] === '[' ? linkParts(text, at) : undefined;
    const end = codeAt(text, at)?.end ?? link?.end ?? at + 1;
    const target = link && linkTo(link.target);
    next += link === undefined ? text.slice(at, end) : target === undefined ? link.words : `[${retarget(link.words, linkTo)}](${target})`;
    at = end;
  }
  return next;
}

interface Span {
  readonly html: string;
  readonly end: number;
}

function codeAt(text: string, at: number): Span | undefined {
  const ticks = /^`+/.exec(text.slice(at))?.[0];
  if (ticks === undefined) return undefined;
  const close = new RegExp(`(?<!\`)${ticks}(?!\`)`).exec(text.slice(at + ticks.length));
  if (close === null) throw new MarkdownFault(`code that does not end: ${text.slice(at, at + 30)}`);
  const end = at + ticks.length + close.index;
  return { html: `<code>${escapeHtml(text.slice(at + ticks.length, end).trim())}</code>`, end: end + ticks.length };
}

function linkAt(text: string, at: number, linkTo: LinkTo): Span | undefined {
  if (text[at] !== '[') return undefined;
  const { words, target, end } = linkParts(text, at);
  const address = linkTo(target);
  const html = spansToHtml(words, linkTo);
  return { html: address === undefined ? html : `<a href="${escapeHtml(address)}">${html}</a>`, end };
}

function linkParts(text: string, at: number): { readonly words: string; readonly target: string; readonly end: number } {
  const close = find(text, at + 1, ']');
  const target = close === undefined ? undefined : /^\]\(([^()\s]+)\)/.exec(text.slice(close));
  if (close === undefined || !target?.[1]) throw new MarkdownFault(`brackets that are no link: ${text.slice(at, at + 30)}`);
  return { words: text.slice(at + 1, close), target: target[1], end: close + target[0].length };
}

function starredAt(text: string, at: number, linkTo: LinkTo): Span | undefined {
  const stars = /^\*+/.exec(text.slice(at))?.[0];
  if (stars === undefined) return undefined;
  const from = at + stars.length;
  const close = find(text, from, stars);
  const words = text.slice(from, close);
  if (close === undefined || stars.length > 2 || words !== words.trim() || words === '') {
    throw new MarkdownFault(`stars without an end: ${text.slice(at, at + 30)}`);
  }
  const element = stars.length === 2 ? 'strong' : 'em';
  return { html: `<${element}>${spansToHtml(words, linkTo)}</${element}>`, end: close + stars.length };
}

/** The next of these letters outside code. */
function find(text: string, from: number, what: string): number | undefined {
  for (let at = from; at < text.length;) {
    if (text.startsWith(what, at)) return at;
    at = codeAt(text, at)?.end ?? at + 1;
  }
  return undefined;
}
