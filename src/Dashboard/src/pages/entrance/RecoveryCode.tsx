import { useEffect, useState } from 'preact/hooks';
import { CopyButton } from '../../parts/CopyButton';
import { Field } from '../../parts/Field';
import { Notice } from '../../parts/Notice';
import { chooseGroups, codeSheet, isGroup, randomBelow } from './code-check';
import { Entrance } from './Entrance';

export interface RecoveryCodeProps {
  readonly recoveryCode: string;
  readonly email: string;
  /** What led here, in a few words, for the heading. */
  readonly done: string;
  readonly onKept: () => void;
}

/** Shown once, then asked for in part: only then does the person go on. */
export function RecoveryCode({ recoveryCode, email, done, onKept }: RecoveryCodeProps) {
  const [asking, setAsking] = useState(false);
  useWarningOnLeave();
  if (asking) return <TypeBack recoveryCode={recoveryCode} onBack={() => { setAsking(false); }} onKept={onKept} />;
  return (
    <Entrance title="Keep this recovery code" lead={<p>{done} It is shown once, here and now.</p>}>
      <ol class="recovery-code" aria-label="Recovery code, eight groups of four">
        {recoveryCode.split('-').map((group) => <li>{group}</li>)}
      </ol>
      <div class="keep">
        <CopyButton text={recoveryCode} label="Copy the recovery code" secret />
        <button type="button" class="button" onClick={() => { download(recoveryCode, email); }}>Download</button>
        <button type="button" class="button" onClick={() => { print(); }}>Print</button>
      </div>
      <Notice kind="warn">
        <p>
          <b>If password and code are both lost, the vault is lost.</b> Nobody can open it then, we neither: you would add your provider keys to a
          new vault. Virtual keys and apps you approved before keep working.
        </p>
      </Notice>
      <p class="small muted">Whoever finds the code can open your vault. Paper in a drawer, or a password manager that is not KeyPass, is a good place.</p>
      <div class="actions">
        <button type="button" class="button primary" onClick={() => { setAsking(true); }}>I have kept it</button>
      </div>
    </Entrance>
  );
}

function TypeBack({ recoveryCode, onBack, onKept }: { readonly recoveryCode: string; readonly onBack: () => void; readonly onKept: () => void }) {
  const [groups] = useState(() => chooseGroups(randomBelow));
  const [typed, setTyped] = useState<readonly string[]>(() => groups.map(() => ''));
  const [checked, setChecked] = useState(false);
  const wrongAt = (index: number) => checked && !isGroup(typed[index] ?? '', recoveryCode, groups[index] ?? 0);

  const check = () => {
    setChecked(true);
    if (groups.every((group, index) => isGroup(typed[index] ?? '', recoveryCode, group))) onKept();
  };
  return (
    <Entrance title="Type part of it back" lead={<p>From where you kept it, so that you know it is there when you need it.</p>}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); check(); }}>
        <fieldset class="asked-groups">
          <legend class="spoken">Groups of the recovery code</legend>
          {groups.map((group, index) => (
            <Field
              label={`Group ${group + 1}`} exact value={typed[index] ?? ''} maxLength={6} autofocus={index === 0}
              wrong={wrongAt(index) ? 'Differs' : undefined}
              onChange={(value) => { setChecked(false); setTyped(typed.map((old, at) => (at === index ? value : old))); }}
            />
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit" class="button primary">Go on</button>
          <button type="button" class="plain" onClick={onBack}>Show the code again</button>
        </div>
      </form>
    </Entrance>
  );
}

function download(recoveryCode: string, email: string): void {
  const sheet = new Blob([codeSheet(recoveryCode, email, location.origin, new Date())], { type: 'text/plain' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(sheet);
  link.download = 'keypass-recovery-code.txt';
  link.click();
  // Saved by then, and no longer reachable by its address.
  setTimeout(() => { URL.revokeObjectURL(link.href); }, 1000);
}

function useWarningOnLeave(): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => { event.preventDefault(); };
    addEventListener('beforeunload', warn);
    return () => { removeEventListener('beforeunload', warn); };
  }, []);
}
