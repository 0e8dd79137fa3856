import { useId, useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { reader } from '../../budgets/reader';
import { Notice } from '../../parts/Notice';
import { PasswordField } from '../../parts/PasswordField';
import { Working } from '../../parts/Working';
import { listProviders, type Provider } from '../keys/providers';
import { check } from './check';
import { Findings } from './Findings';
import { keyFindings, outlookFinding, verdictOf } from './outcome';
import { readPasted } from './pasted';
import { TryCall } from './TryCall';

interface Outcome {
  readonly credential: string;
  readonly spaced: boolean;
  readonly checked: Awaited<ReturnType<typeof check>>;
}

/** Whether a virtual key works here, line by line. What is pasted is in this page's memory, and goes to this server's gateway only. */
export function Checker() {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const providers = useLoaded(listProviders).data ?? [];
  const checking = useDeed();
  const { busy, trouble } = checking;
  const id = useId();
  const change = (next: string) => {
    setText(next);
    setWrong(undefined);
    setOutcome(undefined);
    checking.clear();
  };
  const run = () => {
    const pasted = readPasted(text, providers);
    setOutcome(undefined);
    setWrong('wrong' in pasted ? pasted.wrong : undefined);
    if ('wrong' in pasted) return;
    checking.run(async () => {
      const { credential, spaced } = pasted;
      setOutcome({ credential, spaced, checked: await check(credential) });
    });
  };
  return (
    <section class="migrate" aria-labelledby={id}>
      <div class="migrate-head">
        <h2 id={id}>Does it work?</h2>
        <p class="muted">Paste a virtual key: this page asks the server as a program would, and says what goes through. That costs nothing.</p>
      </div>
      <form class="checker" noValidate onSubmit={(event) => { event.preventDefault(); run(); }}>
        <PasswordField
          label="Virtual key" value={text} onChange={change} wrong={wrong}
          hint="It stays in the memory of this page, is sent to this server only, and is forgotten when you leave."
        />
        <div class="actions"><button type="submit" class="button primary" aria-disabled={busy}>Check the key</button></div>
        {busy && <Working>Asking the server what this key may do.</Working>}
        {trouble && <Notice kind="bad">{trouble.message}</Notice>}
      </form>
      {outcome && <Shown outcome={outcome} providers={providers} />}
    </section>
  );
}

function Shown({ outcome: { credential, spaced, checked }, providers }: { readonly outcome: Outcome; readonly providers: readonly Provider[] }) {
  const words = { providers, reader: reader() };
  const verdict = verdictOf(checked, words);
  const working = checked.outlooks.filter((outlook) => outlookFinding(outlook, words).state === 'works');
  return (
    <div class="outcome-of-check">
      <Notice kind={verdict.kind}><p><b>{verdict.words}</b></p></Notice>
      {spaced && (
        <Notice kind="warn">
          <p>There was a space or a line break around it, which was left out here. A program that keeps it sends something that is no key.</p>
        </Notice>
      )}
      <Findings label="The key" findings={keyFindings(checked, words)} />
      {checked.outlooks.length > 0 && (
        <Findings
          label="Kinds of calls"
          findings={checked.outlooks.map((outlook) => ({ ...outlookFinding(outlook, words), by: outlook.kind.by, path: outlook.kind.path }))}
        />
      )}
      {working[0] && 'yes' in checked.own && (
        <TryCall credential={credential} test={checked.own.yes.test} first={working[0]} outlooks={working} listed={checked.listed} words={words} />
      )}
    </div>
  );
}
