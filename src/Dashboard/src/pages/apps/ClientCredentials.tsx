import { CopyButton } from '../../parts/CopyButton';
import { Dialog } from '../../parts/Dialog';
import { Notice } from '../../parts/Notice';
import { SecretLine } from '../../parts/SecretLine';

/** Public: it says who an app is, and proves nothing. */
export function ClientId({ clientId }: { readonly clientId: string }) {
  return (
    <div class="secret-line client-id">
      <code aria-label="Client id">{clientId}</code>
      <CopyButton text={clientId} label="Copy the client id" />
    </div>
  );
}

/** The one time that a client secret is on screen. */
export function SecretShown({ title, clientId, clientSecret, onClose }: {
  readonly title: string; readonly clientId?: string; readonly clientSecret: string; readonly onClose: () => void;
}) {
  return (
    <Dialog wide title={title} onClose={onClose}>
      <div class="form">
        <Notice kind="warn"><p><b>It is shown once, here and now.</b> The server keeps only what checks it.</p></Notice>
        {clientId !== undefined && (
          <div class="field">
            <p class="legend">Client id</p>
            <ClientId clientId={clientId} />
          </div>
        )}
        <div class="field">
          <p class="legend">Client secret</p>
          <SecretLine label="Client secret" text={clientSecret} copy="Copy the client secret" />
        </div>
        <p class="small muted">
          It belongs into the environment of your server, as <code>KEYPASS_CLIENT_SECRET</code>: into no page, no app on a phone and no file of your project.
        </p>
        <div class="actions"><button type="button" class="button primary" onClick={onClose}>I have kept it</button></div>
      </div>
    </Dialog>
  );
}
