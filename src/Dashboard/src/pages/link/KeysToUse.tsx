import { useState } from 'preact/hooks';
import { calledOff, troubleOf } from '../../app/trouble';
import { useDeed } from '../../app/useDeed';
import { Notice } from '../../parts/Notice';
import { Ticks } from '../../parts/Ticks';
import { AddKey } from '../keys/AddKey';
import { testKey } from '../keys/keys-api';
import { providerOf } from '../keys/providers';
import type { UsableKeys } from '../keys/usable-keys';
import type { Consent } from './consent-api';

interface KeysToUseProps {
  readonly consent: Consent;
  readonly usable: UsableKeys;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly wrong: string | undefined;
  /** There is a key more. */
  readonly onAdded: () => Promise<void>;
}

/** Which of the person's keys pay; those that are missing are added in passing, and any is tried before somebody relies on it. */
export function KeysToUse({ consent: { app, providers, rows, present }, usable, chosen, onChange, wrong, onAdded }: KeysToUseProps) {
  const [adding, setAdding] = useState(false);
  const [said, setSaid] = useState<readonly { readonly ok: boolean; readonly words: string }[]>([]);
  const testing = useDeed();
  const named = (provider: string) => providerOf(usable.providers, provider)?.name ?? provider;
  const wanted = app.test ? ['sandbox'] : providers;
  const missing = wanted.filter((provider) => !rows.some((row) => row.provider === provider));
  const several = wanted.filter((provider) => rows.filter((row) => row.provider === provider && chosen.includes(row.id)).length > 1);

  const test = async () => {
    setSaid([]);
    for (const row of usable.rows.filter(({ id }) => chosen.includes(id))) {
      const name = [named(row.provider), row.label].filter(Boolean).join(' ');
      const outcome = await testKey(row).catch((failure: unknown) => {
        if (failure === calledOff) throw failure;
        return { ok: false, message: troubleOf(failure).message };
      });
      setSaid((before) => [...before, { ok: outcome.ok, words: `${name}: ${outcome.message}` }]);
    }
  };
  return (
    <>
      {rows.length > 0 && (
        <Ticks
          legend="With which of your keys" chosen={chosen} onChange={onChange} wrong={wrong}
          options={rows.map(({ id, provider, label }) => ({
            value: id, label: named(provider),
            hint: [label, present !== undefined && !present.keyIds.includes(id) && 'new to this app'].filter(Boolean).join(' · ') || undefined,
          }))}
        />
      )}
      {several.length > 0 && <p class="small muted">Of several keys for {several.map(named).join(' and ')} the first pays.</p>}
      {chosen.length > 0 && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={testing.busy} onClick={() => { testing.run(test); }}>
            {testing.busy ? 'Testing …' : chosen.length === 1 ? 'Test this key' : 'Test these keys'}
          </button>
        </div>
      )}
      {said.map(({ ok, words }) => <Notice kind={ok ? 'good' : 'warn'}>{words}</Notice>)}
      {missing.length > 0 && (
        <Notice kind="calm" action={<button type="button" class="button" onClick={() => { setAdding(true); }}>Add a key</button>}>
          {app.test ? 'A test app calls the sandbox: add it as a key, it costs nothing.' : `You have no key of ${missing.map(named).join(' or ')} yet.`}
        </Notice>
      )}
      {adding && (
        <AddKey
          providers={usable.providers.filter(({ id }) => wanted.includes(id))} onClose={() => { setAdding(false); }}
          onAdded={(row) => {
            setAdding(false);
            onChange([...chosen, row.id]);
            void onAdded();
          }}
        />
      )}
    </>
  );
}
