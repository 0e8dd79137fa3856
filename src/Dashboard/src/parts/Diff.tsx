import './diff.css';

export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** What changes, line by line: also for who hears it, and by more than colours. */
export function Diff({ lines, labelledBy }: { readonly lines: readonly DiffLine[]; readonly labelledBy: string }) {
  return (
    <pre class="diff" tabIndex={0} aria-labelledby={labelledBy}>
      <code>
        {lines.map(({ kind, text }) => {
          switch (kind) {
            case 'same': return <span class="line">{`${text}\n`}</span>;
            case 'gone': return <del class="line">{`${text}\n`}</del>;
            case 'new': return <ins class="line">{`${text}\n`}</ins>;
          }
        })}
      </code>
    </pre>
  );
}
