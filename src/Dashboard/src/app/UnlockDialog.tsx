import { useEffect, useState } from 'preact/hooks';
import { Dialog } from '../parts/Dialog';
import { Notice } from '../parts/Notice';
import { PasswordField } from '../parts/PasswordField';
import { Working } from '../parts/Working';
import { inOtherWords, unlockWithPassword } from './entrance';
import { passkeyMethod, takesPasskeys, unlockWithPasskey } from './passkey';
import type { Account } from './session';
import { useStore } from './store';
import { readVault, unlockAsked } from './vault';
import { useDeed } from './useDeed';

/** Asks in place: whatever was being done on the page goes on once the vault is open. */
export function UnlockDialog({ account }: { readonly account: Account }) {
  const answer = useStore(unlockAsked);
  return answer && <UnlockForm account={account} answer={answer} />;
}

function UnlockForm({ account, answer }: { readonly account: Account; readonly answer: (opened: boolean) => void }) {
  const [password, setPassword] = useState('');
  const passkeys = usePasskeysOfVault();
  const unlocking = useDeed();

  const unlock = (how: () => Promise<void>) => {
    unlocking.run(async () => {
      await how().catch((failure: unknown) => { throw inOtherWords(failure, words); });
      answer(true);
    });
  };
  return (
    <Dialog title="Unlock your vault" onClose={() => { answer(false); }}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); unlock(() => unlockWithPassword(account, password)); }}>
        <p class="muted">
          Only this browser can open it, and only until you lock it, leave, or 15 minutes pass without use. The password is checked here and not sent.
        </p>
        {/* Password managers look for the address beside the password. */}
        <input class="spoken" type="email" name="username" autocomplete="username" value={account.email} readOnly tabIndex={-1} aria-hidden="true" />
        <PasswordField
          label={`Password of ${account.email}`} name="password" autocomplete="current-password" value={password} onChange={setPassword} autofocus
          wrong={unlocking.trouble?.message}
        />
        {unlocking.busy && <Working>Turning the password into the vault’s key. On purpose that takes about a second.</Working>}
        <div class="actions">
          <button type="submit" class="button primary" aria-disabled={unlocking.busy}>Unlock</button>
          {passkeys.length > 0 && (
            <button type="button" class="button" onClick={() => { unlock(() => unlockWithPasskey(account, passkeys)); }}>Use a passkey</button>
          )}
          <a href="/recover" class="small" onClick={() => { answer(false); }}>Password lost?</a>
        </div>
        {unlocking.trouble?.code === 'broken' && <Notice kind="bad">Do not go on here until the operator has explained this.</Notice>}
      </form>
    </Dialog>
  );
}

const words = { 'wrong-secret': 'That password does not open this vault. Check it, also for capital letters, and try again.' };

/** The passkeys that were added to this vault, where this browser can use any. */
function usePasskeysOfVault(): readonly string[] {
  const [ids, setIds] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!takesPasskeys()) return;
    readVault().then(
      ({ unlocks }) => { setIds(unlocks.flatMap(({ method, credentialId }) => method === passkeyMethod && credentialId !== undefined ? [credentialId] : [])); },
      () => undefined,
    );
  }, []);
  return ids;
}
