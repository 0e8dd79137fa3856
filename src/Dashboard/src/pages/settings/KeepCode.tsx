import { useEffect, useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Notice } from '../../parts/Notice';
import { Working } from '../../parts/Working';
import { Entrance } from '../entrance/Entrance';
import { RecoveryCode } from '../entrance/RecoveryCode';
import type { NewCode } from './settings-api';

export interface KeepCodeProps extends NewCode {
  readonly email: string;
  readonly done: string;
  /** What happens once the code was kept. */
  readonly working: string;
  /** What the button says that stops before anything is changed. */
  readonly stop?: string;
  readonly onSettled: () => void;
  readonly onLeave: () => void;
}

/** With what is said once it is settled. */
export type Keeping = Omit<KeepCodeProps, 'onLeave' | 'onSettled'> & { readonly after: string };

/** First it is kept, then it becomes valid: whoever stops half-way still has the old one. */
export function KeepCode({ recoveryCode, settle, email, done, working, stop = 'Stop, and leave the old code valid', onSettled, onLeave }: KeepCodeProps) {
  const [kept, setKept] = useState(false);
  const settling = useDeed();
  useEffect(() => { scrollTo(0, 0); }, []);
  const run = () => { settling.run(async () => { await settle(); onSettled(); }); };
  const { trouble } = settling;
  return (
    <div class="content">
      <div class="keep-code">
        {kept
          ? (
            <Entrance title={trouble === undefined ? 'One moment' : 'Not done'}>
              {trouble === undefined ? <Working>{working}</Working> : <Notice kind="bad">{trouble.message}</Notice>}
              {trouble?.code === 'unanswered' && <div class="actions"><button type="button" class="button primary" onClick={run}>Try again</button></div>}
            </Entrance>
          )
          : <RecoveryCode recoveryCode={recoveryCode} email={email} done={done} onKept={() => { setKept(true); run(); }} />}
        {!settling.busy && <button type="button" class="plain"
          onClick={onLeave}>{kept ? 'Back to the settings' : stop}</button>}
      </div>
    </div>
  );
}
