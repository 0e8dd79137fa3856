import { dollars } from '../../budgets/money';
import { reader } from '../../budgets/reader';
import { Pill } from '../../parts/Pill';
import { callerName } from '../../receipts/callers';
import { exactWords, secondWords } from '../../receipts/moments';
import type { Receipt } from './logs-api';

export function CallTable({ rows }: { readonly rows: readonly Receipt[] }) {
  const person = reader();
  return (
    <div class="card table-card">
      <table class="sums calls">
        <caption class="spoken">Calls, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Time</th><th scope="col" class="wide">Key</th><th scope="col" class="wide">Model</th><th scope="col" class="wide">Tokens</th>
            <th scope="col">Cost</th><th scope="col">Status</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.requestId}>
              <th scope="row">
                <a href={`/logs/${row.requestId}`}><time dateTime={row.at} title={exactWords(row.at, person)}>{secondWords(row.at, person)}</time></a>
                {row.test && <> <Pill tone="warn">test</Pill></>}
                <span class="narrow small muted">{callerName(row)}<br />{row.servedModel ?? row.model}</span>
                {row.status >= 400 && <span class="narrow small wrong">{row.code ?? row.providerError?.code}</span>}
              </th>
              <td class="wide">{callerName(row)}</td>
              <td class="wide"><code>{row.servedModel ?? row.model ?? '–'}</code></td>
              <td class="wide tokens">{row.input.toLocaleString()} → {row.output.toLocaleString()}</td>
              <td>{row.cost === undefined ? '?' : dollars(row.cost)}</td>
              <td class={row.status >= 400 ? 'wrong' : undefined}>
                {row.status}{' '}
                <span class="small wide">{row.status >= 400 ? row.code ?? row.providerError?.code : <span class="muted">{row.exactness}</span>}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
