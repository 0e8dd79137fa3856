import '../../receipts/receipts.css';
import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { usePages } from '../../app/usePages';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { SelectField } from '../../parts/SelectField';
import { listProviders, providerOf, type Provider } from '../keys/providers';
import { ratesWords } from './price-draft';
import { pricesPath, readPrice, takeBack, type Price } from './prices-api';
import { SetPrice } from './SetPrice';

type Asking = { readonly what: 'set'; readonly price: Price | undefined } | { readonly what: 'take back'; readonly price: Price };

const everything = { search: '', provider: '', overrides: false };
const which = [{ value: '', label: 'All prices' }, { value: 'set', label: 'Set by an operator' }];

/** What models cost here: the catalogue's prices, and what operators put in their place. */
export function Prices({ onChange }: { readonly onChange: () => void }) {
  const [search, setSearch] = useState('');
  const [asked, setAsked] = useState(everything);
  const { rows, more, busy, trouble, readOn, reload } = usePages(pricesPath(asked), 10, readPrice);
  const providers = useLoaded(listProviders).data ?? [];
  const [asking, setAsking] = useState<Asking>();
  const [said, setSaid] = useState<string>();
  const ask = (next: Asking) => { setSaid(undefined); setAsking(next); };
  const done = (words: string) => { setAsking(undefined); setSaid(words); reload(); onChange(); };
  const options = [{ value: '', label: 'Every provider' }, ...providers.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <section aria-labelledby="prices">
      <div class="content-head">
        <h2 id="prices">Prices</h2>
        <button type="button" class="button" onClick={() => { ask({ what: 'set', price: undefined }); }}>Price another model</button>
      </div>
      <p class="muted lead">Every call is charged at these, for everybody on this server. What you set takes the catalogue’s place within two seconds.</p>
      <form class="filters" noValidate onSubmit={(event) => { event.preventDefault(); setAsked({ ...asked, search: search.trim() }); }}>
        <Field
          label="Model" exact value={search} maxLength={100} onChange={setSearch}
          beside={<button type="submit" class="plain small show">Find</button>}
        />
        <SelectField label="Provider" value={asked.provider} options={options} onChange={(provider) => { setAsked({ ...asked, provider }); }} />
        <SelectField
          label="Show" value={asked.overrides ? 'set' : ''} options={which} onChange={(value) => { setAsked({ ...asked, overrides: value === 'set' }); }}
        />
      </form>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {trouble && <Notice kind="bad" action={<button type="button" class="button" onClick={readOn}>Try again</button>}>{trouble.message}</Notice>}
      {rows === undefined && trouble === undefined && <RowsToCome />}
      {rows?.length === 0 && <p class="muted">{asked.overrides ? 'No operator has set a price that fits.' : 'No model that fits has a price.'}</p>}
      {rows !== undefined && rows.length > 0 && <PriceRows rows={rows} providers={providers} onAsk={ask} />}
      {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show more prices</button></div>}
      {asking?.what === 'set' && (
        <SetPrice
          price={asking.price} providers={providers} onClose={() => { setAsking(undefined); }}
          onDone={(model) => { done(`“${model}” costs what you set, for every call from now on.`); }}
        />
      )}
      {asking?.what === 'take back' && (
        <TakeBack
          price={asking.price} onClose={() => { setAsking(undefined); }}
          onDone={() => { done(`What was set for “${asking.price.model}” is taken back.`); }}
        />
      )}
    </section>
  );
}

function PriceRows({ rows, providers, onAsk }: {
  readonly rows: readonly Price[]; readonly providers: readonly Provider[]; readonly onAsk: (asking: Asking) => void;
}) {
  return (
    <Rows label="Prices">
      {rows.map((price) => {
        // The models of people's own servers are theirs to price.
        const mine = price.source !== 'account' && price.provider !== 'custom';
        const spoken = <span class="spoken"> the price of {price.model}</span>;
        return (
          <Row
            key={`${price.provider} ${price.model} ${price.validFrom ?? ''}`}
            title={<>
              <code>{price.model}</code>{price.override && <> <Pill tone="warn">set here</Pill></>}
              {price.approximate && <> <Pill tone="calm">approximate</Pill></>}
            </>}
            under={providerOf(providers, price.provider)?.name ?? price.provider}
            facts={[
              { name: 'A million tokens', value: ratesWords(price.rates) },
              price.setAt === undefined
                ? { name: 'From', value: price.validFrom === undefined ? 'the catalogue' : <>the catalogue, from <Moment at={price.validFrom} /></> }
                : { name: 'Set', value: <><Moment at={price.setAt} /> by {price.setByYou ? 'you' : 'another operator'}</> },
            ]}
            actions={mine && (
              <>
                <button type="button" class="plain" onClick={() => { onAsk({ what: 'set', price }); }}>{price.override ? 'Change' : 'Override'}{spoken}</button>
                {price.override && (
                  <button type="button" class="plain danger" onClick={() => { onAsk({ what: 'take back', price }); }}>Take back{spoken}</button>
                )}
              </>
            )}
          />
        );
      })}
    </Rows>
  );
}

function TakeBack({ price, onClose, onDone }: { readonly price: Price; readonly onClose: () => void; readonly onDone: () => void }) {
  const deed = useDeed();
  return (
    <Dialog title={`Take back the price of “${price.model}”?`} onClose={onClose}>
      <div class="form">
        <p>The catalogue’s price counts again. If it has none, keys with a budget cannot use the model, and other calls have no cost.</p>
        {deed.trouble && <Notice kind="bad">{deed.trouble.message}</Notice>}
        <div class="actions">
          <button type="button" class="button danger" aria-disabled={deed.busy} onClick={() => { deed.run(async () => { await takeBack(price); onDone(); }); }}>
            Take it back
          </button>
          <button type="button" class="button" onClick={onClose}>Keep it</button>
        </div>
      </div>
    </Dialog>
  );
}
