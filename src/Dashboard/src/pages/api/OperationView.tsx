import './operation.css';
import type { JsonObject } from '../../app/json';
import type { Caller } from './callers';
import { ContentView } from './ContentView';
import type { Answered, Operation, Parameter } from './operations';
import { Prose } from './Prose';
import { describeSchema } from './schema';
import { Type } from './SchemaView';

export interface OperationViewProps {
  readonly root: JsonObject;
  readonly operation: Operation;
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
}

/** One operation: a line that can be scanned, opening to everything that is known about it. */
export function OperationView({ root, operation, open, onToggle }: OperationViewProps) {
  return (
    <details class="operation card" id={operation.id} open={open} onToggle={(event) => { onToggle(event.currentTarget.open); }}>
      <summary>
        <h3>
          <span class="method" data-method={operation.method}>{operation.method}</span>{' '}
          <code class="path">{operation.path}</code>
        </h3>
        <span class="muted summary-text">
          {operation.summary}
          {operation.deprecated && <span class="pill deprecated">deprecated</span>}
        </span>
      </summary>
      {/* Built when first needed: a long API has hundreds of schemas and a reader opens a few. */}
      {open && <Body root={root} operation={operation} />}
    </details>
  );
}

function Body({ root, operation }: Pick<OperationViewProps, 'root' | 'operation'>) {
  const { body } = operation;
  return (
    <div class="operation-body">
      <Prose text={operation.description} />
      <section>
        <h4>Who may call it</h4>
        <Callers callers={operation.callers} />
      </section>
      {operation.parameters.length > 0 && (
        <section>
          <h4>Parameters</h4>
          <ul class="fields">{operation.parameters.map((parameter) => <ParameterView root={root} parameter={parameter} />)}</ul>
        </section>
      )}
      {body !== undefined && (
        <section>
          <h4>Body{!body.required && <span class="small muted"> optional</span>}</h4>
          <Prose text={body.description} />
          {body.contents.map((content) => <ContentView root={root} content={content} of="request body" />)}
        </section>
      )}
      <section>
        <h4>Answers</h4>
        {operation.answers.length === 0 && <p class="muted">The description does not say.</p>}
        {operation.answers.map((answer) => <AnswerView root={root} answer={answer} />)}
      </section>
      <p class="small"><a href={`#${encodeURIComponent(operation.id)}`}>Link to this operation</a></p>
    </div>
  );
}

function Callers({ callers }: { readonly callers: readonly Caller[] | undefined }) {
  if (callers === undefined) return <p class="muted">The description does not say.</p>;
  if (callers.length === 0) return <p>Anyone, without a credential.</p>;
  return (
    <ul class="callers">
      {callers.map(({ name, form }) => <li>{name}{form !== undefined && <span class="small muted"> · {form}</span>}</li>)}
    </ul>
  );
}

function ParameterView({ root, parameter }: { readonly root: JsonObject; readonly parameter: Parameter }) {
  const node = describeSchema(root, parameter.schema);
  return (
    <li>
      <p>
        <code class="name">{parameter.name}</code> <span class="small muted">in {parameter.place} · </span><Type node={node} />
        {' '}{parameter.required && <span class="small required">required</span>}
      </p>
      <Prose text={parameter.description ?? node.description} />
    </li>
  );
}

function AnswerView({ root, answer }: { readonly root: JsonObject; readonly answer: Answered }) {
  const line = <><span class="status" data-good={answer.status.startsWith('2')}>{answer.status}</span> {answer.description}</>;
  if (answer.contents.length === 0) return <p class="answer">{line}</p>;
  return (
    <details class="answer" open={answer.status.startsWith('2')}>
      <summary>{line}</summary>
      {answer.contents.map((content) => <ContentView root={root} content={content} of={`${answer.status} answer`} />)}
    </details>
  );
}
