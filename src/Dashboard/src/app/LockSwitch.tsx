import { Padlock } from '../parts/icons';
import { useStore } from './store';
import { lockState, lockVault, unlocked } from './vault';

/** Whether the vault is open in this tab, and the way to change that. */
export function LockSwitch() {
  const state = useStore(lockState);
  return (
    <div class="lock-switch" data-locked={state.locked}>
      <p role="status">
        <Padlock open={!state.locked} />
        {state.locked ? 'Vault locked' : 'Vault unlocked'}
      </p>
      {state.locked
        ? <button type="button" class="plain small" onClick={() => { unlocked().catch(() => undefined); }}>Unlock</button>
        : <button type="button" class="plain small" onClick={() => { void lockVault(); }}>Lock</button>}
      {state.locked && state.because === 'idle' && <p class="small muted">Locked after 15 minutes without use.</p>}
    </div>
  );
}
