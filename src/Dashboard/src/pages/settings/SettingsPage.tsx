import { session } from '../../app/session';
import { useStore } from '../../app/store';
import { Custody } from '../../parts/Custody';
import { Moment } from '../../parts/Moment';
import { Row, Rows } from '../../parts/Rows';

export function SettingsPage() {
  const who = useStore(session);
  if (who.state !== 'signed-in') return null;
  const { email, custody, createdAt } = who.account;
  return (
    <div class="content">
      <h1>Settings</h1>
      <Rows label="Account">
        <Row
          title={email} under="Your account"
          facts={[
            { name: 'Custody', value: <Custody custody={custody} /> },
            { name: 'Since', value: <Moment at={createdAt} /> },
            { name: 'Locks itself', value: 'after 15 minutes' },
          ]}
        />
      </Rows>
    </div>
  );
}
