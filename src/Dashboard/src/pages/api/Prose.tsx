import { paragraphsOf } from './paragraphs';

export function Prose({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <div class="prose">
      {paragraphsOf(text).map((spans) => (
        <p>{spans.map((span) => (span.code ? <code>{span.text}</code> : span.text))}</p>
      ))}
    </div>
  );
}
