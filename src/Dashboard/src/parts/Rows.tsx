import './rows.css';
import type { ComponentChildren } from 'preact';

/** Things of one kind under each other: wide as a table would be, narrow as cards. */
export function Rows({ label, alone = false, children }: {
  readonly label: string;
  /** No heading stands over it on the page: for who hears the page, its label is one. */
  readonly alone?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <>
      {alone && <h2 class="spoken">{label}</h2>}
      <ul class="rows card" aria-label={label}>{children}</ul>
    </>
  );
}

export interface RowProps {
  /** Where links may lead to it. */
  readonly id?: string;
  /** A link led to it just now. */
  readonly marked?: boolean;
  readonly title: ComponentChildren;
  readonly under?: ComponentChildren;
  readonly facts: readonly { readonly name: string; readonly value: ComponentChildren }[];
  /** What needs the whole width. */
  readonly below?: ComponentChildren;
  readonly actions?: ComponentChildren;
}

export function Row({ id, marked = false, title, under, facts, below, actions }: RowProps) {
  return (
    <li id={id} tabIndex={id === undefined ? undefined : -1} data-marked={marked ? '' : undefined}>
      <div class="row-title">
        <p class="row-name">{title}</p>
        {under !== undefined && <div class="small muted">{under}</div>}
      </div>
      <dl>
        {facts.map(({ name, value }) => <div><dt class="small muted">{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {below !== undefined && <div class="row-below">{below}</div>}
      {actions !== undefined && <div class="row-actions">{actions}</div>}
    </li>
  );
}

/** The place of rows that are on their way, so that nothing jumps when they arrive. */
export function RowsToCome({ count = 2 }: { readonly count?: number }) {
  return <div class="rows to-come card" role="status" aria-label="Loading">{Array.from({ length: count }, () => <div />)}</div>;
}
