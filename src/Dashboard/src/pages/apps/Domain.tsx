import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Snippet } from '../../parts/Snippet';
import { checkDomain, type App } from './apps-api';

/** Whether its homepage is the developer's, and how to show it. */
export function Domain({ app, homepage, onChecked }: { readonly app: App; readonly homepage: string; readonly onChecked: () => void }) {
  const checking = useDeed();
  const [missedAt, setMissedAt] = useState<string>();
  const { host, origin } = new URL(homepage);
  const file = `${origin}/.well-known/keypass.txt`;
  const check = () => {
    checking.run(async () => {
      setMissedAt(undefined);
      const { verified, checked } = await checkDomain(app.id);
      if (!verified) setMissedAt(checked[0] ?? file);
      onChecked();
    });
  };
  return (
    <>
      {app.verifiedAt !== undefined && <Notice kind="good">{app.domain} is verified: <Moment at={app.verifiedAt} />. Keep the file where it is.</Notice>}
      <Snippet
        title={<p>{app.verifiedAt === undefined ? 'Put a file with this line' : 'The file with this line'} at <code class="address">{file}</code></p>}
        label={`The line that shows that ${host} is yours`} text={`keypass-client-id=${app.clientId}`} copy="Copy the line"
      />
      {missedAt !== undefined && (
        <Notice kind="bad">
          <p><b>The line was not found.</b> This server asked for <code class="address">{missedAt}</code> and followed no redirect.</p>
          <p>Open that address yourself: it has to show the line above, alone on its line. Then check again.</p>
        </Notice>
      )}
      {checking.trouble && <Notice kind="bad">{checking.trouble.message}</Notice>}
      <button type="button" class="button" aria-disabled={checking.busy} onClick={check}>{checking.busy ? 'Checking' : 'Check now'}</button>
    </>
  );
}
