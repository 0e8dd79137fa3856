import { Cross, Dash, Tick } from '../../parts/icons';
import type { Finding } from './outcome';

interface Shown extends Finding {
  /** Of a kind of call: who calls in this way, and where. */
  readonly by?: string;
  readonly path?: string;
}

const states = {
  works: { Icon: Tick, spoken: 'works' }, not: { Icon: Dash, spoken: 'not with this key' }, bad: { Icon: Cross, spoken: 'does not work' },
} as const;

export function Findings({ label, findings }: { readonly label: string; readonly findings: readonly Shown[] }) {
  return (
    <div class="findings">
      <h3>{label}</h3>
      <ul class="card" aria-label={label}>
        {findings.map(({ state, title, by, path, detail, mend }) => {
          const { Icon, spoken } = states[state];
          return (
            <li data-state={state}>
              <Icon />
              <div>
                <p><b>{title}</b><span class="spoken">: {spoken}.</span>{path !== undefined && <> <code class="small muted">{path}</code></>}</p>
                {by !== undefined && <p class="small muted">{by}</p>}
                {detail !== undefined && <p>{detail}</p>}
                {mend !== undefined && <p class="mend">{mend}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
