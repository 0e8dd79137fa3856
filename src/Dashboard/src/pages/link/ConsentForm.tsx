import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { troubleOf } from '../../app/trouble';
import { dollars, nanoOfCents, readCents, typedCents } from '../../budgets/money';
import { endIn, never, timesToEnd } from '../../parts/ends';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Ticks } from '../../parts/Ticks';
import { Working } from '../../parts/Working';
import { AddKey } from '../keys/AddKey';
import { providerOf } from '../keys/providers';
import type { UsableKeys } from '../keys/usable-keys';
import { Armed } from './Armed';
import { approve, deny, narrowest, type Consent } from './consent-api';
import { WhoAsks } from './WhoAsks';

interface ConsentFormProps {
  readonly linkToken: string;
  readonly consent: Consent;
  readonly usable: UsableKeys;
  /** What was shown is no longer what is asked, or there is a key more. */
  readonly onStale: () => Promise<void>;
  readonly onApproved: (publicToken: string | null) => void;
  readonly onDenied: () => void;
}

const periods = [
  { value: 'monthly', label: 'a month' }, { value: 'weekly', label: 'a week' }, { value: 'daily', label: 'a day' }, { value: 'none', label: 'in all, once' },
];
const periodWords = (period: string): string => periods.find(({ value }) => value === period)?.label ?? period;

export function ConsentForm({ linkToken, consent, usable, onStale, onApproved, onDenied }: ConsentFormProps) {
  const { app, providers, models, rows, present, isUpdate } = consent;
  const [chosen, setChosen] = useState<readonly string[]>(() => present?.keyIds.filter((id) => rows.some((row) => row.id === id)) ?? firstOfEach(consent));
  const [chosenModels, setChosenModels] = useState<readonly string[]>(models ?? []);
  const [amount, setAmount] = useState(() => typedCents(consent.budgetCents));
  const [period, setPeriod] = useState(consent.period);
  const [days, setDays] = useState(never);
  const [adding, setAdding] = useState(false);
  const [tried, setTried] = useState(false);
  const deciding = useDeed();
  const cents = readCents(amount);
  const missing = providers.filter((provider) => !rows.some((row) => row.provider === provider));
  const named = (provider: string) => providerOf(usable.providers, provider)?.name ?? provider;

  const say = (decide: () => Promise<void>) => {
    deciding.run(async () => {
      await decide().catch(async (failure: unknown) => {
        if (troubleOf(failure).code === 'version_stale') await onStale();
        throw failure;
      });
    });
  };
  const yes = () => {
    setTried(true);
    const items = chosen.flatMap((id) => usable.rows.filter((row) => row.id === id));
    if (cents === undefined || cents < 1 || items.length === 0 || (models !== undefined && chosenModels.length === 0)) return;
    const until = endIn(days) ?? consent.until;
    say(async () => { onApproved(await approve(linkToken, consent, { items, models: models && chosenModels, budgetCents: cents, period, until })); });
  };
  const lower = cents === undefined ? undefined : narrowest(cents, rows, chosen);
  const { busy, trouble } = deciding;

  return (
    <div class="consent card">
      <WhoAsks consent={consent} />
      <div class="form">
        {rows.length > 0 && (
          <Ticks
            legend="With which of your keys" chosen={chosen} onChange={setChosen}
            options={rows.map((row) => ({ value: row.id, label: named(row.provider), hint: row.label }))}
            wrong={tried && chosen.length === 0 ? 'Tick at least one: the app calls with that.' : undefined}
          />
        )}
        {missing.length > 0 && (
          <Notice kind="calm" action={<button type="button" class="button" onClick={() => { setAdding(true); }}>Add a key</button>}>
            {app.test ? 'A test app calls the sandbox: add it as a key, it costs nothing.' : `You have no key of ${missing.map(named).join(' or ')} yet.`}
          </Notice>
        )}
        {models === undefined
          ? <p class="small muted">It may call every model of these keys.</p>
          : (
            <Ticks
              legend="Which models" chosen={chosenModels} onChange={setChosenModels} options={models.map((model) => ({ value: model, label: model }))}
              wrong={tried && chosenModels.length === 0 ? 'Tick at least one.' : undefined}
            />
          )}
        <div class="amount">
          <Field
            label="It may spend, in dollars" digits value={amount} onChange={setAmount}
            wrong={cents === undefined || cents < 1 ? `Write dollars and cents, like ${typedCents(1000)}.` : undefined}
            hint={lower?.budget && `Your ${named(lower.provider)} key has a limit of its own, ${dollars(lower.budget.limit)}: it gets no more than that.`}
          />
          <SelectField label="How often" value={period} options={periods} onChange={setPeriod} />
        </div>
        {isUpdate && present?.budget && (
          <p class="small">Now it is {dollars(present.budget.limit)} {periodWords(present.budget.set.period)}, of which {dollars(present.budget.spent)} are spent.</p>
        )}
        <SelectField
          label="It ends" value={days} onChange={setDays}
          options={[{ value: never, label: consent.until === undefined ? 'When I end it' : `On ${new Date(consent.until).toLocaleDateString()}` },
            ...timesToEnd.filter((one) => consent.until === undefined || (endIn(one.value) ?? '') < consent.until)]}
        />
      </div>
      <ul class="small muted">
        <li>{app.name} sees what you ask and what is answered. It never sees your key.</li>
        {cents !== undefined && <li>{`The limit is ${dollars(nanoOfCents(cents))} ${periodWords(period)}. No call goes beyond it.`}</li>}
        <li>You can pause, change or end this at any time; what runs then is cut within a second.</li>
      </ul>
      {trouble && (
        <Notice kind="bad">{trouble.code === 'version_stale' ? 'What is asked has changed meanwhile. Look at it again, then decide.' : trouble.message}</Notice>
      )}
      {busy && <Working>Making what the app gets, and sealing your keys for it.</Working>}
      <div class="actions">
        <Armed busy={busy || rows.length === 0} onPress={yes}>{isUpdate ? 'Agree to the change' : `Connect ${app.name}`}</Armed>
        <button type="button" class="button" aria-disabled={busy} onClick={() => { say(async () => { await deny(linkToken); onDenied(); }); }}>
          {isUpdate ? 'Leave it as it is' : 'No'}
        </button>
      </div>
      {adding && (
        <AddKey
          providers={usable.providers.filter(({ id }) => (app.test ? id === 'sandbox' : providers.includes(id)))}
          onAdded={(row) => { setAdding(false); setChosen([...chosen, row.id]); void onStale(); }} onClose={() => { setAdding(false); }}
        />
      )}
    </div>
  );
}

/** One key of each provider: what most people mean. */
const firstOfEach = ({ rows }: Consent): readonly string[] =>
  rows.filter((row, place) => rows.findIndex((other) => other.provider === row.provider) === place).map(({ id }) => id);
