import { useState } from 'preact/hooks';
import { get, patch } from '../../app/api';
import { useLoaded } from '../../app/useLoaded';
import { readBudget, type Budget } from '../../budgets/budget';
import { EditBudget } from '../../budgets/EditBudget';
import { SpendBar } from '../../budgets/SpendBar';
import { Notice } from '../../parts/Notice';

/** What the whole account may spend. */
export function AccountBudget() {
  const { data, trouble, reload } = useLoaded(readAccountBudget);
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<string>();
  const close = () => { setAsking(false); };
  if (data === undefined) {
    return trouble === undefined
      ? <p class="muted" role="status">Reading what is set …</p>
      : <Notice kind="bad" action={<button type="button" class="button" onClick={() => { void reload(); }}>Try again</button>}>{trouble.message}</Notice>;
  }
  const { budget } = data;
  return (
    <>
      {budget === undefined
        ? <p>No limit: each key spends what its own limits let it.</p>
        : <SpendBar budget={budget} label="Spent by the whole account" />}
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {trouble && <Notice kind="bad">{trouble.message}</Notice>}
      <button type="button" class="button" onClick={() => { setSaid(undefined); setAsking(true); }}>
        {budget === undefined ? 'Set a budget …' : 'Change the budget …'}
      </button>
      {asking && (
        <EditBudget
          title="Budget of the account" before={budget} onClose={close}
          label="Limit what the account spends" hint="All virtual keys and apps together. A call must fit into this and into every limit of its own key."
          save={async (wish) => { await patch('/v1/account', { budget: wish }); }}
          onDone={(wish) => {
            close();
            setSaid(wish === null ? 'The budget is taken away.' : 'The budget is set.');
            void reload();
          }}
        />
      )}
    </>
  );
}

async function readAccountBudget(): Promise<{ readonly budget: Budget | undefined }> {
  return { budget: readBudget(await get('/v1/account')) };
}
