import { useState } from 'preact/hooks';
import { useDeed } from '../../app/useDeed';
import { useLoaded } from '../../app/useLoaded';
import { Moment } from '../../parts/Moment';
import { Notice } from '../../parts/Notice';
import { Pill } from '../../parts/Pill';
import { Row, Rows, RowsToCome } from '../../parts/Rows';
import { deviceName } from './device';
import { endSession, listSessions, type SessionRow } from './settings-api';

export function Sessions() {
  const { data, trouble, reload } = useLoaded(listSessions);
  const [said, setSaid] = useState<string>();
  const ending = useDeed();
  const others = data?.filter(({ current }) => !current) ?? [];

  const end = (rows: readonly SessionRow[], words: string) => {
    setSaid(undefined);
    ending.run(async () => {
      for (const { id } of rows) await endSession(id);
      setSaid(words);
      await reload();
    });
  };
  return (
    <>
      {said !== undefined && <Notice kind="good">{said}</Notice>}
      {(ending.trouble ?? trouble) && <Notice kind="bad">{(ending.trouble ?? trouble)?.message}</Notice>}
      {data === undefined && trouble === undefined && <RowsToCome />}
      {data !== undefined && (
        <Rows label="Your sessions">
          {data.map((row) => (
            <Row
              key={row.id} title={<><span title={row.device}>{deviceName(row.device)}</span>{row.current && <Pill tone="sealed">this browser</Pill>}</>}
              facts={[{ name: 'Signed in', value: <Moment at={row.createdAt} /> }, { name: 'Last used', value: <Moment at={row.lastUsedAt} /> }]}
              actions={row.current ? undefined : (
                <button
                  type="button" class="plain danger" aria-disabled={ending.busy}
                  onClick={() => { end([row], `${deviceName(row.device)} is signed out.`); }}
                >
                  Sign out<span class="spoken"> {deviceName(row.device)}</span>
                </button>
              )}
            />
          ))}
        </Rows>
      )}
      {others.length > 1 && (
        <button type="button" class="button" aria-disabled={ending.busy} onClick={() => { end(others, 'Every other session has ended.'); }}>
          Sign out all {others.length} others
        </button>
      )}
    </>
  );
}
