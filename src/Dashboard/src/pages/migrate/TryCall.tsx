import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { dollars } from '../../budgets/money';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { causeOf } from '../logs/cause';
import { makeCall, readOutlook, type Called, type Outlook } from './check-api';
import { outlookFinding, type Words } from './outcome';
import type { Listed, Surface } from './kinds';

/** One real call, as short as one can be, when somebody asks for it; with what it may cost before it is made. */
export function TryCall({ credential, test, first, outlooks, listed, words }: {
  readonly credential: string; readonly test: boolean; readonly first: Outlook; readonly outlooks: readonly Outlook[];
  readonly listed: Readonly<Record<Surface, readonly Listed[]>>; readonly words: Words;
}) {
  const [outlook, setOutlook] = useState(first);
  const [called, setCalled] = useState<Called>();
  const deed = useDeed();
  const { kind, model, models, quote } = outlook;
  const choose = (next: Outlook) => { setCalled(undefined); deed.clear(); setOutlook(next); };
  const chooseModel = (id: string) => {
    deed.run(async () => { choose(await readOutlook(credential, kind, listed[kind.surface], id)); });
  };
  const finding = outlookFinding(outlook, words);
  const call = () => {
    setCalled(undefined);
    deed.run(async () => { setCalled(await makeCall(credential, outlook)); });
  };
  return (
    <div class="findings">
      <h3>Make one call</h3>
      <p class="muted">Everything above is what this server says. Whether the provider takes the provider key, only a call tells.</p>
      <div class="filters">
        <SelectField
          label="Kind of call" value={kind.id} options={outlooks.map((one) => ({ value: one.kind.id, label: one.kind.label }))}
          onChange={(id) => { choose(outlooks.find((one) => one.kind.id === id) ?? outlook); }}
        />
        <SelectField
          label="Model" value={model.id} options={(models.length === 0 ? [model] : models).map(({ id }) => ({ value: id, label: id }))}
          onChange={chooseModel}
        />
      </div>
      {'yes' in quote && finding.state === 'works' ? (
        <div class="actions">
          <button type="button" class="button" aria-disabled={deed.busy} onClick={call}>Make this call, for {dollars(quote.yes.bound)} at most</button>
          {(test || quote.yes.provider === 'sandbox') && <span class="small muted">The sandbox answers: it costs nothing real.</span>}
        </div>
      ) : <Notice kind="warn">{[finding.detail, finding.mend].filter(Boolean).join(' ')}</Notice>}
      {deed.trouble && <Notice kind="bad">{deed.trouble.message}</Notice>}
      {called && <Came called={called} />}
    </div>
  );
}

function Came({ called: { requestId, came } }: { readonly called: Called }) {
  const receipt = requestId !== undefined && <a class="button" href={`/logs/${requestId}`}>See the receipt</a>;
  if ('said' in came) {
    const said = came.said.trim();
    const words = said === '' ? 'The answer is empty: so few tokens went into thinking.' : `The answer begins: “${said}”`;
    return <Notice kind="good" action={receipt}><p><b>It went through.</b> {words}</p></Notice>;
  }
  const { no: { status, code, words }, ours } = came;
  const said = { status, code, message: words };
  const cause = causeOf({ status, code: ours ? code : undefined, providerError: ours ? undefined : said, tags: [] });
  return (
    <Notice kind="bad" action={receipt}>
      <p><b>{cause?.what ?? 'The call did not go through'}.</b> {cause?.why}</p>
      <p class="small">{ours ? 'KeyPass' : 'The provider'} answered {status}{code !== '' && <>, <code>{code}</code></>}: “{words}”</p>
    </Notice>
  );
}
