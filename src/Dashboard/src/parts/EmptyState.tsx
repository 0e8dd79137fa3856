import type { ComponentChildren } from 'preact';

/** An empty page teaches: what would stand here, and the one next step. */
export function EmptyState({ title, children, action }: { readonly title: string; readonly children: ComponentChildren; readonly action: ComponentChildren }) {
  return (
    <section class="empty card">
      <h2>{title}</h2>
      {children}
      <div class="actions">{action}</div>
    </section>
  );
}
