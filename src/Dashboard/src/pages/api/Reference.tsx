import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { filterGroups } from './filter';
import { OperationView } from './OperationView';
import type { ApiDescription, Group } from './operations';
import { Prose } from './Prose';

/** The operations by group, a filter over them, and links (`#operationId`) that open one. */
export function Reference({ api }: { readonly api: ApiDescription }) {
  const filter = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState('');
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [linked, setLinked] = useState<{ readonly id: string }>();
  const shown = useMemo(() => filterGroups(api.groups, wanted), [api, wanted]);

  useEffect(() => {
    const follow = () => {
      const id = idInAddress();
      if (!api.groups.some((group) => group.operations.some((operation) => operation.id === id))) return;
      setWanted('');
      setOpened((before) => new Set(before).add(id));
      setLinked({ id });
    };
    follow();
    addEventListener('hashchange', follow);
    return () => { removeEventListener('hashchange', follow); };
  }, [api]);

  // After the operation is on the page and open: before that its place is not known.
  useLayoutEffect(() => {
    if (linked === undefined) return;
    const operation = document.getElementById(linked.id);
    operation?.scrollIntoView();
    operation?.querySelector('summary')?.focus({ preventScroll: true });
  }, [linked]);

  const toggle = (id: string, open: boolean) => {
    setOpened((before) => {
      if (before.has(id) === open) return before;
      const after = new Set(before);
      if (open) after.add(id);
      else after.delete(id);
      return after;
    });
  };

  const showAll = () => {
    setWanted('');
    // The button goes away; whoever pressed it goes on from the filter.
    filter.current?.focus();
  };

  if (api.groups.length === 0) return <p class="card failed">This server describes no operations yet. They appear here as its parts are added.</p>;
  return (
    <div class="reference">
      <aside>
        <label for="operation-filter">Find an operation</label>
        <input
          ref={filter} id="operation-filter" type="search" autocomplete="off" spellcheck={false} placeholder="Path, word or credential"
          value={wanted} onInput={(event) => { setWanted(event.currentTarget.value); }}
        />
        <p class="small muted" role="status">{countOf(shown, api.groups)}</p>
        <nav aria-label="Groups">
          {shown.map((group) => <a href={`#${groupId(group)}`}><span>{group.name}</span><span class="small muted">{group.operations.length}</span></a>)}
        </nav>
      </aside>
      <div class="groups">
        {shown.length === 0 && (
          <div class="card failed">
            <p>No operation contains “{wanted.trim()}”. Fewer or shorter words find more.</p>
            <button type="button" class="button" onClick={showAll}>Show all operations</button>
          </div>
        )}
        {shown.map((group) => (
          <section aria-labelledby={groupId(group)}>
            <h2 id={groupId(group)}>{group.name}</h2>
            <Prose text={group.description} />
            {group.operations.map((operation) => (
              <OperationView
                key={operation.id} root={api.root} operation={operation} open={opened.has(operation.id)}
                onToggle={(open) => { toggle(operation.id, open); }}
              />
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}

function idInAddress(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

function groupId(group: Group): string {
  return `group-${group.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}

function countOf(shown: readonly Group[], all: readonly Group[]): string {
  const count = (groups: readonly Group[]) => groups.reduce((sum, group) => sum + group.operations.length, 0);
  const total = count(all);
  return shown === all ? `${total} operations` : `${count(shown)} of ${total} operations`;
}
