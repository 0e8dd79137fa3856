import { Field } from '../../parts/Field';
import type { RatesDraft, RatesWrong } from './rates';

/** How fast a key may go: each empty where there is no such limit. */
export function RateFields({ draft, onChange, wrong }: {
  readonly draft: RatesDraft; readonly onChange: (draft: RatesDraft) => void; readonly wrong: RatesWrong;
}) {
  const field = (name: keyof RatesDraft, label: string, hint: string) => (
    <Field
      label={label} optional digits hint={<p>{hint}</p>} value={draft[name]} wrong={wrong[name]}
      onChange={(typed) => { onChange({ ...draft, [name]: typed }); }}
    />
  );
  return (
    <div class="side-by-side">
      {field('requestsPerMinute', 'Calls a minute', 'More are refused, and told when to try again.')}
      {field('tokensPerMinute', 'Tokens a minute', 'Of questions and answers together.')}
      {field('concurrent', 'Calls at a time', 'One more is refused until one of them ends.')}
      {field('centsPerHour', 'US dollars an hour', 'A brake on what runs wild, beside the budget. Begins anew on the hour.')}
    </div>
  );
}
