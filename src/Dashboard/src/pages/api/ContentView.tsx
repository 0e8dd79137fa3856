import type { JsonObject } from '../../app/json';
import { CopyButton } from '../../parts/CopyButton';
import { exampleJson } from './example';
import type { Content } from './operations';
import { describeSchema } from './schema';
import { SchemaView } from './SchemaView';

export interface ContentViewProps {
  readonly root: JsonObject;
  readonly content: Content;
  /** What the example is of, for the copy button: "request body", "200 answer". */
  readonly of: string;
}

export function ContentView({ root, content, of }: ContentViewProps) {
  const example = content.example === undefined ? exampleJson(root, content.schema) : JSON.stringify(content.example, null, 2);
  const isJson = content.mediaType.includes('json');
  return (
    <div class="content">
      <p class="small"><code>{content.mediaType}</code></p>
      {content.schema !== undefined && <SchemaView node={describeSchema(root, content.schema)} />}
      {isJson && example !== undefined && (
        <div class="example">
          <div class="example-head"><span class="small muted">Example</span><CopyButton text={example} label={`Copy the example ${of}`} /></div>
          <pre tabIndex={0} aria-label={`Example ${of}`}><code>{example}</code></pre>
        </div>
      )}
    </div>
  );
}
