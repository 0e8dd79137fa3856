import { useState } from 'preact/hooks';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import type { Attention } from './home-api';

/** More are one press away: they must not push what was spent off the page. */
const mostAtFirst = 4;

export function WantsLooking({ items }: { readonly items: readonly Attention[] }) {
  const [all, setAll] = useState(false);
  const more = items.length - mostAtFirst;
  return (
    <section aria-labelledby="attention" class="attention">
      <h2 id="attention" class="spoken">Wants your attention</h2>
      {(all ? items : items.slice(0, mostAtFirst)).map(({ message, at, wrong, endsAt, href, action }) => (
        <Notice key={href + message} kind={wrong ? 'bad' : 'warn'} action={<a class="button" href={href}>{action}</a>}>
          <p>{message}</p>
          <p class="small muted">{endsAt === undefined ? <Moment at={at} /> : <>On <Moment at={endsAt} /></>}</p>
        </Notice>
      ))}
      {!all && more > 0 && <div><button type="button" class="plain" onClick={() => { setAll(true); }}>{more.toLocaleString()} more</button></div>}
    </section>
  );
}
