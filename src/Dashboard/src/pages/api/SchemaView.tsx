import type { SchemaField, SchemaNode } from './schema';
import { Prose } from './Prose';

/** A schema in words: its type, then its members, each with theirs indented below. */
export function SchemaView({ node }: { readonly node: SchemaNode }) {
  return (
    <div class="schema">
      <p><Type node={node} /></p>
      <Prose text={node.description} />
      <Inside node={node} />
    </div>
  );
}

function Inside({ node }: { readonly node: SchemaNode }) {
  return (
    <>
      {node.fields.length > 0 && <ul class="fields">{node.fields.map((field) => <Field field={field} />)}</ul>}
      {node.variants.map((variant, index) => (
        <div class="variant">
          <p class="small muted">{index === 0 ? 'Either' : 'Or'}</p>
          <SchemaView node={variant} />
        </div>
      ))}
    </>
  );
}

function Field({ field }: { readonly field: SchemaField }) {
  return (
    <li>
      <p>
        <code class="name">{field.name}</code> <Type node={field} /> {field.required && <span class="small required">required</span>}
      </p>
      <Prose text={field.description} />
      <Inside node={field} />
    </li>
  );
}

export function Type({ node }: { readonly node: SchemaNode }) {
  return <span class="small muted">{[node.type, ...node.constraints].join(' · ')}</span>;
}
