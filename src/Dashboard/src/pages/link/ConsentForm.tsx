import { useState } from 'preact/hooks';
import { troubleOf } from '../../app/trouble';
import { useDeed } from '../../app/useDeed';
import { dollars, nanoOfCents, readCents, typedCents } from '../../budgets/money';
import { endIn, never, timesToEnd } from '../../parts/ends';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { SelectField } from '../../parts/SelectField';
import { Ticks } from '../../parts/Ticks';
import { Working } from '../../parts/Working';
import { providerOf } from '../keys/providers';
import type { UsableKeys } from '../keys/usable-keys';
import { Armed } from './Armed';
import { approve, deny, type Consent } from './consent-api';
import { KeysToUse } from './KeysToUse';
import { WhoAsks } from './WhoAsks';
import { Worth } from './Worth';
import { covering, perHourOf } from './worth';

interface ConsentFormProps {
  readonly linkToken: string;
  readonly consent: Consent;
  readonly usable: UsableKeys;
  /** What was shown is no longer what is asked, was decided already, or there is a key more. */
  readonly onStale: () => Promise<void>;
  readonly onApproved: () => void;
  readonly onDenied: () => void;
}

const periods = [
  { value: 'monthly', label: 'a month' }, { value: 'weekly', label: 'a week' }, { value: 'daily', label: 'a day' }, { value: 'none', label: 'in all, once' },
];

/** A decision whose answer was lost has been made: what comes of it is shown instead of the question. */
const outdated: readonly string[] = ['version_stale', 'link_over'];

const often = (period: string): string => periods.find(({ value }) => value === period)?.label ?? 'in each of its periods';
const day = (at: string): string => new Date(at).toLocaleDateString();

export function ConsentForm({ linkToken, consent, usable, onStale, onApproved, onDenied }: ConsentFormProps) {
  const { app, models, rows, present, isUpdate } = consent;
  const [chosen, setChosen] = useState<readonly string[]>(() => covering(rows, present?.keyIds ?? []));
  const [chosenModels, setChosenModels] = useState<readonly string[]>(models ?? []);
  const [amount, setAmount] = useState(() => typedCents(consent.budgetCents));
  const [period, setPeriod] = useState(consent.period);
  const [days, setDays] = useState(never);
  const [tried, setTried] = useState(false);
  const deciding = useDeed();
  const cents = readCents(amount);
  const isSum = cents !== undefined && cents > 0;
  const named = (provider: string) => providerOf(usable.providers, provider)?.name ?? provider;

  const say = (decide: () => Promise<void>) => {
    deciding.run(async () => {
      await decide().catch(async (failure: unknown) => {
        if (outdated.includes(troubleOf(failure).code)) await onStale();
        throw failure;
      });
    });
  };
  const yes = () => {
    setTried(true);
    const items = chosen.flatMap((id) => usable.rows.filter((row) => row.id === id));
    if (!isSum || items.length === 0 || (models !== undefined && chosenModels.length === 0)) return;
    const terms = {
      items, models: models && chosenModels, budgetCents: cents, velocityCentsPerHour: perHourOf(cents), period, until: endIn(days) ?? consent.until,
    };
    say(async () => {
      await approve(linkToken, consent, terms);
      onApproved();
    });
  };
  const { busy, trouble } = deciding;

  return (
    <div class="consent card">
      <WhoAsks consent={consent} />
      <div class="form">
        <KeysToUse
          consent={consent} usable={usable} chosen={chosen} onChange={setChosen} onAdded={onStale}
          wrong={tried && chosen.length === 0 ? 'Tick at least one: the app calls with that.' : undefined}
        />
        {models === undefined
          ? <p class="small muted">It may call every model of these keys.</p>
          : (
            <Ticks
              legend="Which models" chosen={chosenModels} onChange={setChosenModels}
              options={models.map((model) => ({
                value: model, label: model, hint: present?.models === undefined || present.models.includes(model) ? undefined : 'new to this app',
              }))}
              wrong={tried && chosenModels.length === 0 ? 'Tick at least one.' : undefined}
            />
          )}
        <div class="amount">
          <Field
            label="It may spend, in dollars" digits value={amount} onChange={setAmount}
            wrong={isSum ? undefined : `Write dollars and cents, like ${typedCents(1000)}.`}
          />
          <SelectField label="How often" value={period} options={periods} onChange={setPeriod} />
        </div>
        {isSum && (
          <Worth consent={consent} chosen={chosen} models={models && chosenModels} cents={cents} period={period} named={named} often={often} />
        )}
        {isUpdate && present?.budget && (
          <p class="small">
            Now it is {dollars(present.budget.limit)} {often(present.budget.set.period)}, of which {dollars(present.budget.spent)} are spent.
          </p>
        )}
        <SelectField
          label="It ends" value={days} onChange={setDays}
          hint={isUpdate && (present?.until === undefined ? 'Now it has no end.' : `Now it ends on ${day(present.until)}.`)}
          options={[{ value: never, label: consent.until === undefined ? 'When I end it' : `On ${day(consent.until)}` },
            ...timesToEnd.filter((one) => consent.until === undefined || (endIn(one.value) ?? '') < consent.until)]}
        />
      </div>
      <ul class="small muted">
        <li>{app.name} sees what you ask and what is answered. It never sees your key.</li>
        {isSum && (
          <li>
            {`The limit is ${dollars(nanoOfCents(cents))} ${often(period)}, and ${dollars(nanoOfCents(perHourOf(cents)))} of it in any hour. `}
            No call goes beyond it.
          </li>
        )}
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
    </div>
  );
}
