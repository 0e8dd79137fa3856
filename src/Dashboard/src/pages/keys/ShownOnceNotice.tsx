import { isManaged } from '../../app/session';
import { Notice } from '../../parts/Notice';

/** Above a credential that was just made. */
export function ShownOnceNotice() {
  return (
    <Notice kind="warn">
      <p><b>It is shown once, here and now.</b> {isManaged() ? 'The' : 'It was made in this browser; the'} server keeps only what checks it.</p>
    </Notice>
  );
}
