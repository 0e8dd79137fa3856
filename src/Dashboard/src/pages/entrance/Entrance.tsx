import './entrance.css';
import type { ComponentChildren } from 'preact';

/** One question at a time, in the middle of the page. */
export function Entrance({ title, lead, children, after }: {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly after?: ComponentChildren;
}) {
  return (
    <div class="entrance">
      <div class="card">
        <h1>{title}</h1>
        {lead !== undefined && <div class="muted">{lead}</div>}
        {children}
      </div>
      {after !== undefined && <div class="after">{after}</div>}
    </div>
  );
}
