import '../../budgets/budgets.css';
import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import type { Provider } from '../keys/providers';
import { draftOf, isShown, kinds, wishOf, type PriceDraft, type PriceWrong } from './price-draft';
import { setPrice, type Price } from './prices-api';

/** A price for everybody: of a model that has one, or of one that nobody has priced. */
export function SetPrice({ price, providers, onClose, onDone }: {
  readonly price: Price | undefined; readonly providers: readonly Provider[]; readonly onClose: () => void; readonly onDone: (model: string) => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(price));
  const [wrong, setWrong] = useState<PriceWrong>({});
  // As it was left: it does not fold away under who puts right what was wrong.
  const [opened, setOpened] = useState(false);
  const setting = useDeed();
  const edit = (part: Partial<PriceDraft>) => { setDraft({ ...draft, ...part }); setWrong({}); setting.clear(); };
  const change = (name: Exclude<keyof PriceDraft, 'rates'>) => (value: string) => { edit({ [name]: value }); };
  const dollarsField = ({ name, label }: typeof kinds[number]) => (
    <Field
      key={name} label={label} digits optional={name !== 'input' && name !== 'output'} value={draft.rates[name] ?? ''} wrong={wrong.rates?.[name]}
      onChange={(value) => { edit({ rates: { ...draft.rates, [name]: value } }); }}
    />
  );
  const [shown, others] = [kinds.filter(({ name }) => isShown(name, price)), kinds.filter(({ name }) => !isShown(name, price))];
  const tokensField = (name: 'contextTokens' | 'maxOutputTokens', label: string) => (
    <Field label={label} digits optional value={draft[name]} wrong={wrong[name]} onChange={change(name)} />
  );
  const set = () => {
    const read = wishOf(draft, price);
    setWrong('wrong' in read ? read.wrong : {});
    if ('wrong' in read) return;
    setting.run(async () => {
      await setPrice(read.wish);
      onDone(read.wish.model);
    });
  };
  return (
    <Dialog wide title={price === undefined ? 'Price a model' : `What “${price.model}” costs`} onClose={onClose}>
      <form class="form" noValidate onSubmit={(event) => { event.preventDefault(); set(); }}>
        {price === undefined && (
          <>
            <SelectField
              label="Provider" value={draft.provider} wrong={wrong.provider} onChange={change('provider')}
              options={[
                { value: '', label: 'Choose one' }, ...providers.filter(({ id }) => id !== 'custom').map(({ id, name }) => ({ value: id, label: name })),
              ]}
            />
            <Field label="Model" exact value={draft.model} wrong={wrong.model} onChange={change('model')} hint={<p>Letter by letter as calls name it.</p>} />
          </>
        )}
        <p class="muted">US dollars for a million of each: tokens, where nothing else is said. Nought is taken at its word: it is free.</p>
        <div class="side-by-side">
          {shown.map(dollarsField)}
          {tokensField('maxOutputTokens', 'Most tokens of an answer')}
          {tokensField('contextTokens', 'Most tokens of all')}
        </div>
        <p class="small muted">A budget holds what an answer can cost at most, and so needs to know how long one can be.</p>
        <details
          class="more-rates" open={opened || others.some(({ name }) => wrong.rates?.[name] !== undefined)}
          onToggle={(event) => { setOpened(event.currentTarget.open); }}
        >
          <summary>More rates</summary>
          <p class="small muted">
            Left empty, each costs what it is a part of: what is cached, heard or seen costs what input does. Calls that use what is part of nothing, like
            searches, have no known cost then.
          </p>
          <div class="side-by-side">{others.map(dollarsField)}</div>
        </details>
        {price !== undefined && price.longInput.length > 0 && <Kept />}
        {setting.trouble && <Notice kind="bad">{setting.trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={setting.busy}>Set the price for everybody</button></div>
      </form>
    </Dialog>
  );
}

/** What this form does not ask for, and does not change. */
function Kept() {
  return (
    <Notice kind="calm">
      <p class="small">Its prices for long inputs stay as they are. <a href="/docs/prices#setting-a-price" target="_blank">How to set them</a></p>
    </Notice>
  );
}
