import '../../budgets/budgets.css';
import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import type { Provider } from '../keys/providers';
import { draftOf, otherRates, wishOf, type PriceDraft, type PriceWrong } from './price-draft';
import { setPrice, type Price } from './prices-api';

/** A price for everybody: of a model that has one, or of one that nobody has priced. */
export function SetPrice({ price, providers, onClose, onDone }: {
  readonly price: Price | undefined; readonly providers: readonly Provider[]; readonly onClose: () => void; readonly onDone: (model: string) => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(price));
  const [wrong, setWrong] = useState<PriceWrong>({});
  const setting = useDeed();
  const change = (name: keyof PriceDraft) => (value: string) => { setDraft({ ...draft, [name]: value }); setWrong({}); setting.clear(); };
  const dollarsField = (name: 'input' | 'cachedInput' | 'output', label: string) => (
    <Field label={label} digits optional={name === 'cachedInput'} value={draft[name]} wrong={wrong[name]} onChange={change(name)} />
  );
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
        <p class="muted">US dollars for a million tokens. Nought is taken at its word: it is free.</p>
        <div class="side-by-side">
          {dollarsField('input', 'Input')}
          {dollarsField('output', 'Output')}
          {dollarsField('cachedInput', 'Cached input')}
          {tokensField('maxOutputTokens', 'Most tokens of an answer')}
          {tokensField('contextTokens', 'Most tokens of all')}
        </div>
        <p class="small muted">A budget holds what an answer can cost at most, and so needs to know how long one can be.</p>
        {price !== undefined && <Kept price={price} />}
        {setting.trouble && <Notice kind="bad">{setting.trouble.message}</Notice>}
        <div class="actions"><button type="submit" class="button primary" aria-disabled={setting.busy}>Set the price for everybody</button></div>
      </form>
    </Dialog>
  );
}

/** What this form does not ask for, and does not change. */
function Kept({ price: { rates, longInput } }: { readonly price: Price }) {
  const others = [...otherRates(rates), ...longInput.length > 0 ? ['those for long inputs'] : []];
  if (others.length === 0) return null;
  return (
    <Notice kind="calm">
      <p class="small">
        Its other prices stay as they are: {others.join(', ')}. <a href="/docs/prices#setting-a-price" target="_blank">How to set them</a>
      </p>
    </Notice>
  );
}
