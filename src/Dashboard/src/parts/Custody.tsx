import { Pill } from './Pill';

/** Who could read the keys: always in sight, and explained in the words of the promise. */
export function Custody({ custody }: { readonly custody: string }) {
  if (custody === 'managed') {
    return (
      <Pill
        tone="warn"
        meaning={(
          <>
            <p>
              The server holds a key of its own to this vault and can decrypt it at any time: so can whoever controls the server. That lets programs,
              and this page, work without your unlocking anything.
            </p>
            <p class="muted">Encrypted in the database and its backups, which nobody reads without the server’s key ring.</p>
            <Change />
          </>
        )}
      >
        managed
      </Pill>
    );
  }
  return (
    <Pill
      tone="sealed"
      meaning={(
        <>
          <p>
            Encrypted in your browser. Our database, backups and server keys together cannot decrypt it. It is opened only in memory, only for a
            call that presents a credential you approved, and wiped after the call is sent.
          </p>
          <p class="muted">
            Not covered: someone who controls our running servers, or the code we send you, while you or your apps are using the key. Names and
            labels are not encrypted.
          </p>
          <Change />
        </>
      )}
    >
      sealed
    </Pill>
  );
}

const Change = () => <p><a href="/settings/security">Change who can open it</a></p>;
