import { useEffect, useState } from 'preact/hooks';
import { needText, type JsonObject } from '../../app/json';
import { theAccount, type Account } from '../../app/session';
import { usePages } from '../../app/usePages';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { RowsToCome } from '../../parts/Rows';
import { listKeys } from '../keys/keys-api';
import { vendorOf } from '../keys/names';
import { listProviders } from '../keys/providers';
import { wordsOf } from './audit-words';
import { SettingsFrame } from './SettingsFrame';
import { listPasskeys, type PasskeyRow } from './settings-api';
import { listTokens } from './tokens-api';

interface Entry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
}

type Names = ReadonlyMap<string, string>;

export function AuditPage() {
  const { rows: entries, more, trouble, busy, readOn } = usePages('/v1/audit', 50, readEntry);
  const names = useNames();
  return (
    <SettingsFrame>
      {() => (
        <>
          <p class="muted lead">
            Everything that was done to your account, newest first. Entries are written with what they tell of, and nobody can change one.
          </p>
          {entries === undefined && trouble === undefined && <RowsToCome count={4} />}
          {entries !== undefined && (
            <ol class="journal card" aria-label="What was done">
              {entries.map((entry) => (
                <li key={entry.id}>
                  <div>{wordsOf(entry.action)}{names.has(entry.subject) && <span class="muted"> {names.get(entry.subject)}</span>}</div>
                  <div class="small muted">{actorOf(entry.actor, names)}</div>
                  <div class="small muted"><Moment at={entry.at} /></div>
                </li>
              ))}
            </ol>
          )}
          {trouble && <Notice kind="bad" action={<button type="button" class="button" onClick={readOn}>Try again</button>}>{trouble.message}</Notice>}
          {more && <div><button type="button" class="button" aria-disabled={busy} onClick={readOn}>Show older entries</button></div>}
        </>
      )}
    </SettingsFrame>
  );
}

function actorOf(actor: string, names: Names): string {
  const [kind, id = ''] = actor.split(' ');
  if (kind === 'token') return `token ${names.get(id) ?? id.slice(0, 8)}`;
  return kind === 'account' ? 'you' : actor;
}

const readEntry = (row: JsonObject): Entry => ({
  id: needText(row, 'id'), at: needText(row, 'at'), actor: needText(row, 'actor'), action: needText(row, 'action'), subject: needText(row, 'subject'),
});

/** What things are called today. What was deleted has no name any more; without a list the entries still say what was done. */
function useNames(): Names {
  const [names, setNames] = useState<Names>(() => new Map());
  useEffect(() => {
    const named = async () => {
      const [rows, providers, tokenRows, passkeys] = await Promise.all([listKeys(), listProviders(), listTokens(), passkeysOf(theAccount())]);
      return new Map([
        ...rows.map((row) => [row.id, row.label === undefined ? vendorOf(providers, row) : `${vendorOf(providers, row)} “${row.label}”`] as const),
        ...[...tokenRows, ...passkeys].map(({ id, name }) => [id, `“${name}”`] as const),
      ]);
    };
    named().then(setNames, () => undefined);
  }, []);
  return names;
}

/** Who signs in with the password itself has none. */
const passkeysOf = async (account: Account | undefined): Promise<readonly PasskeyRow[]> => (account?.signsInWith === 'password' ? [] : listPasskeys());
