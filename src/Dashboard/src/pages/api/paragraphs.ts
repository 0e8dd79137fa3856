/** A stretch of a description: plain words, or something between backticks. */
export interface Span {
  readonly text: string;
  readonly code: boolean;
}

/** Descriptions are text. Of Markdown only two habits are honoured: a blank line ends a paragraph, backticks mark code. */
export function paragraphsOf(text: string): readonly (readonly Span[])[] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replaceAll(/\s*\n\s*/g, ' '))
    .filter((paragraph) => paragraph !== '')
    .map(spansOf);
}

function spansOf(paragraph: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of paragraph.matchAll(/`([^`]+)`/g)) {
    if (match.index > from) spans.push({ text: paragraph.slice(from, match.index), code: false });
    spans.push({ text: match[1] ?? '', code: true });
    from = match.index + match[0].length;
  }
  if (from < paragraph.length) spans.push({ text: paragraph.slice(from), code: false });
  return spans;
}
